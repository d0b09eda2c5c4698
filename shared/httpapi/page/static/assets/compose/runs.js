// Makes Markdown of words and how they look. Pure.

/**
 * Words that look alike.
 * @typedef {object} Run
 * @property {string} text a line feed in it ends a line
 * @property {boolean} [bold]
 * @property {boolean} [italic]
 * @property {boolean} [struck]
 * @property {'tag'|'font'} [code] by what it shows that it is code
 * @property {'sup'|'sub'} [raised]
 * @property {string} [href] the address that they lead to
 * @property {string} [picture] the name of a picture, which the text describes
 * @property {boolean} [pre] white space in it counts
 * @property {boolean} [plain] emphasis says nothing here, as in headings
 */

/**
 * A text node's words, as they are shown.
 * @param {string} text
 * @param {boolean} [pre]
 */
export const spaced = (text, pre) => (pre ? text.replace(/\r\n?/g, '\n') : text.replace(/[ \t\r\n\f]+/g, ' '));

/**
 * The paragraphs that runs make, where an empty line ends one.
 * @param {Run[]} runs
 * @returns {Array<{kind: 'part'|'mono', text: string}>} mono is a paragraph in a font for code, as it stands
 */
export function paragraphs(runs) {
	/** @type {Run[][][]} */
	const all = [[]];
	for (const line of lines(runs)) {
		if (line.some((r) => r.text.trim() || r.picture)) /** @type {Run[][]} */ (all.at(-1)).push(line);
		else all.push([]);
	}
	return all
		.filter((p) => p.length > 0)
		.map((p) => {
			const words = p.flat().filter((r) => r.text.trim() || r.picture);
			if (words.every((r) => r.code === 'font' && !r.picture))
				return {
					kind: 'mono',
					text: p.map((line) => line.map((r) => r.text.replaceAll('\u00a0', ' ')).join('')).join('\n'),
				};
			return { kind: 'part', text: p.map((line) => lineStart(inline(line))).join('  \n') };
		});
}

/** @param {Run[]} runs */
function lines(runs) {
	/** @type {Run[][]} */
	const all = [[]];
	for (const run of runs) {
		for (const [i, text] of run.text.split('\n').entries()) {
			if (i > 0) all.push([]);
			if (text || run.picture) /** @type {Run[]} */ (all.at(-1)).push({ ...run, text });
		}
	}
	return all;
}

/**
 * A mark that is open.
 * @typedef {{name: string, open: string, close: string}} Mark
 */

/**
 * One line of Markdown.
 * @param {Run[]} runs
 */
export function inline(runs) {
	let out = '';
	let gap = '';
	/** @type {Mark[]} */
	const open = [];
	for (const run of merged(sober(runs.map(tidy)))) {
		const marks = marksOf(run);
		const kept = open.findIndex((m, i) => m.name !== marks[i]?.name);
		if (kept >= 0) for (const m of open.splice(kept).reverse()) out += m.close;
		const core = run.text.trim();
		if (run.text && /^\s/.test(run.text)) gap = ' ';
		if (!core && !run.picture) continue;
		const link = marks[0]?.name.startsWith('link') && open[0]?.name !== marks[0].name;
		if ((link || run.picture) && out.endsWith('!') && !gap) out = `${out.slice(0, -1)}\\!`;
		out += out && gap;
		gap = /\s$/.test(run.text) ? ' ' : '';
		for (const m of marks.slice(open.length)) {
			open.push(m);
			out += m.open;
		}
		out += said(run, core, out);
	}
	return (
		out +
		open
			.reverse()
			.map((m) => m.close)
			.join('')
	);
}

/** @param {Run} run @param {string} core its text without white space around @param {string} before */
function said(run, core, before) {
	if (run.picture) return `![${core.replace(/[\[\]\\]/g, '\\$&')}](${run.picture})`;
	if (run.code) return codeSpan(core);
	if (run.raised) return raised(core, run.raised);
	return escaped(core, Boolean(run.href), before.at(-1) ?? '');
}

/** Spaces that do not break are kept between words only. @param {Run} run @returns {Run} */
function tidy(run) {
	const text = run.text.replace(/^\u00a0$|\s{2,}/g, ' ');
	if (!run.href || !isAddress(text.trim(), run.href)) return { ...run, text };
	return { ...run, text: text.replace(text.trim(), () => run.href ?? ''), href: undefined };
}

/**
 * Reports whether the words of a link are its address, maybe cut short.
 * @param {string} text
 * @param {string} href
 */
function isAddress(text, href) {
	const bare = text.replace(/^https?:\/\//, '');
	const rest = href.replace(/^https?:\/\//, '');
	if (text === href || text === href.replace(/\/$/, '')) return true;
	return /(…|\.\.\.)$/.test(bare) && bare.length > 8 && rest.startsWith(bare.replace(/(…|\.\.\.)$/, ''));
}

/** @type {Array<'bold'|'italic'|'struck'|'code'|'raised'|'href'>} */
const looks = ['bold', 'italic', 'struck', 'code', 'raised', 'href'];

/** @param {Run[]} runs */
function merged(runs) {
	/** @type {Run[]} */
	const all = [];
	for (const run of runs) {
		const last = all.at(-1);
		if (last && !last.picture && !run.picture && looks.every((l) => (last[l] || '') === (run[l] || '')))
			last.text += run.text;
		else all.push({ ...run });
	}
	return all;
}

/** Next to marks of emphasis or among them these may mean another thing, or the marks none. */
const risky = { inside: /[*_~`\\<>[\]{}#@$|&]/, before: /[\p{L}\p{N}*_~`\\]$/u, behind: /^[\p{L}\p{N}*_~`\\@#$]/u };

/**
 * Leaves out emphasis, which X does not show, where its marks might not be taken for marks.
 * @param {Run[]} runs
 * @returns {Run[]}
 */
const sober = (runs) =>
	runs.map((run, i) => {
		if (!(run.bold || run.italic || run.struck)) return run;
		const touched =
			(/^\S/.test(run.text) && risky.before.test(runs[i - 1]?.text ?? '')) ||
			(/\S$/.test(run.text) && risky.behind.test(runs[i + 1]?.text ?? ''));
		if (!touched && !risky.inside.test(run.text)) return run;
		return { ...run, bold: false, italic: false, struck: false };
	});

/** @param {Run} run @returns {Mark[]} */
function marksOf({ href, bold, italic, struck, code, text, picture }) {
	/** @type {Mark[]} */
	const marks = [];
	const words = text.trim() !== '' || picture;
	if (href && words) marks.push({ name: `link ${href}`, open: '[', close: `](${target(href)})` });
	if (code || picture || !words) return marks;
	if (bold) marks.push({ name: 'bold', open: '**', close: '**' });
	if (italic) marks.push({ name: 'italic', open: '*', close: '*' });
	if (struck) marks.push({ name: 'struck', open: '~~', close: '~~' });
	return marks;
}

/** @param {string} href */
function target(href) {
	const address = href.replace(/[\s<>]/g, encodeURIComponent);
	return /[()]/.test(address) ? `<${address}>` : address;
}

/** @param {string} text */
function ticks(text) {
	return Math.max(0, ...(text.match(/`+/g) ?? []).map((run) => run.length));
}

/** @param {string} text */
export function codeSpan(text) {
	const mark = '`'.repeat(ticks(text) + 1);
	const pad = /^`|`$/.test(text) ? ' ' : '';
	return mark + pad + text + pad + mark;
}

/**
 * Lines of code.
 * @param {string} text
 * @param {string} [language]
 */
export function fence(text, language = '') {
	const mark = '`'.repeat(Math.max(3, ticks(text) + 1));
	return `${mark}${language}\n${text}\n${mark}`;
}

/** @type {Record<'sup'|'sub', [from: string, to: string]>} */
const raisedSigns = { sup: ['0123456789+-=()ni', '⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿⁱ'], sub: ['0123456789+-=()', '₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎'] };

/** What stands higher or lower, where there are such signs. @param {string} text @param {'sup'|'sub'} how */
function raised(text, how) {
	const [from, to] = raisedSigns[how];
	const signs = [...text.replaceAll('−', '-')].map((c) => (from.includes(c) ? to[from.indexOf(c)] : ''));
	return signs.every(Boolean) ? signs.join('') : escaped(text, false, '');
}

/** What X makes links and mentions of stays as it is. */
const atom = /^[("'“‘]*(?:(?:https?:\/\/|www\.|[\w-]+(?:\.[\w-]+)+\/)[^\\`<>[\]]*|[@#$]\w+[.,;:!?)"'”’]*)$/i;

/**
 * Words that are no marks of Markdown.
 * @param {string} text
 * @param {boolean} inLink
 * @param {string} before the character before
 */
export function escaped(text, inLink, before) {
	return text.replace(/\S+/g, (word, at) =>
		atom.test(word) ? word.replace(/&(?=#?\w+;)/g, '\\&') : escapedWord(word, inLink, at > 0 ? ' ' : before),
	);
}

const anywhere = [/\\(?=[!-/:-@[-`{-~]|$)/, /`|~(?=~)|(?<=~)~|%%/, /<(?=[a-z/!?])|&(?=#?\w+;)|:(?=[a-z0-9_+-]+:)/];

/** What begins a mark in a word, but for emphasis. */
const marks = {
	inLink: either([...anywhere, /[[\]]/]),
	elsewhere: either([...anywhere, /\[(?=[[^!]|[^[\]]*\][(:[])/]),
};

/** @param {RegExp[]} all */
function either(all) {
	return new RegExp(all.map((r) => r.source).join('|'), 'gi');
}

/** @param {string} word @param {boolean} inLink @param {string} before */
function escapedWord(word, inLink, before) {
	const isWord = (/** @type {string|undefined} */ c) => /[\p{L}\p{N}]/u.test(c ?? '');
	return word.replace(inLink ? marks.inLink : marks.elsewhere, '\\$&').replace(/[*_]/g, (mark, i, whole) => {
		const [a, b] = [i > 0 ? whole[i - 1] : before, whole[i + 1]];
		return (isWord(a) && isWord(b)) || (word.length === 1 && mark === '*') ? mark : `\\${mark}`;
	});
}

/** The beginning of a line that is no mark. @param {string} line */
const lineStart = (line) =>
	line
		.replace(/^(?=#{1,6}(?:\s|$)|>|[*+]\s|[*+-]$|-\s+[^\p{L}\p{N}]|\[[ xX]\]|[-=|:\s]+$)/u, '\\')
		.replace(/^(\d+)(?=[.)]\s+[^\p{L}\p{N}])/u, '$1\\');
