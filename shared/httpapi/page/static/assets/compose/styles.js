// Reads what the HTML of word processors means by its styles.

/** @import {Run} from './runs.js' */

/**
 * @param {string} css the style sheets
 * @param {HTMLElement} body in which style attributes are named data-style
 */
export function styleReader(css, body) {
	const rules = rulesOf(css);
	/** @type {WeakMap<Element, Map<string, string>>} */
	const known = new WeakMap();
	/** @type {(e: Element, name: string) => string} */
	const style = (e, name) => {
		let own = known.get(e);
		if (!own) {
			const classes = [...e.classList].map((c) => rules.get(c) ?? '');
			own = declarations([...classes, e.getAttribute('data-style') ?? ''].join(';'));
			known.set(e, own);
		}
		return own.get(name) ?? '';
	};
	const isMono = (/** @type {Element} */ e) => mono.test(style(e, 'font-family') || style(e, 'font'));
	const onlyMono = [...body.querySelectorAll('*')].some(isMono) && monoShare(body, isMono) > 0.9;
	const sizes = fontSizes(body, style);
	/** @type {WeakMap<Element, boolean>} */
	const byLine = new WeakMap();

	return {
		/**
		 * How the text of an element looks.
		 * @param {Element} e
		 * @param {Partial<Run>} outside
		 * @returns {Partial<Run> & {lost?: string}} lost is what its link had, and a thread has not
		 */
		look(e, outside) {
			const own = { ...outside, ...addressOf(e) };
			const space = style(e, 'white-space');
			if (space) own.pre = /^(pre|break-spaces)/.test(space);
			if (/^SU[BP]$/.test(e.tagName) || /^(super|sub)$/.test(style(e, 'vertical-align')))
				own.raised = e.tagName === 'SUB' || style(e, 'vertical-align') === 'sub' ? 'sub' : 'sup';
			if (/^(CODE|KBD|SAMP|TT)$/.test(e.tagName)) own.code = 'tag';
			else if (!onlyMono && !own.code && isMono(e)) own.code = 'font';
			return outside.plain ? own : { ...own, ...emphasis(e, style) };
		},

		/** The level of a heading; 0 of anything else. @param {Element} e */
		heading(e) {
			const named = /^H([1-6])$/.exec(e.tagName);
			if (named) return Number(named[1]);
			if (e.getAttribute('role') === 'heading') return Number(e.getAttribute('aria-level') ?? 2);
			return e.classList.contains('MsoTitle') ? 1 : (sizes.get(e) ?? 0);
		},

		/**
		 * The place of a paragraph that is an item of a list, as Word has them.
		 * @param {Element} e
		 * @returns {{level: number, mark: string}|null}
		 */
		item(e) {
			const level = e.tagName === 'P' && /level(\d)/.exec(style(e, 'mso-list'));
			if (!level) return null;
			const shown = e.querySelector('[data-style*="mso-list:Ignore" i], [data-style*="mso-list: Ignore" i]');
			const mark = (shown?.textContent ?? '').replaceAll('\u00a0', ' ').trim();
			if (!/^[a-z]+[.)]$/i.test(mark) || mark === 'o') shown?.remove(); // letters the text keeps
			const number = /^(\d+)[.)]?$/.exec(mark);
			return { level: Number(level[1]), mark: number ? `${number[1]}.` : '-' };
		},

		/** @param {Element} e */
		isQuote: (e) => /\bMso(Intense)?Quote\b/.test(e.className),

		/** Reports whether a remark in the margin is meant. @param {Element} e */
		isComment: (e) =>
			/\bMsoComment/.test(e.className) ||
			/^comment/.test(style(e, 'mso-element')) ||
			style(e, 'mso-special-character') === 'comment',

		/** @param {Element} e */
		isHidden(e) {
			if (e.hasAttribute('hidden') || e.getAttribute('aria-hidden') === 'true') return true;
			if (style(e, 'display') === 'none' || style(e, 'mso-hide') === 'all') return true;
			if (/(^|\s)(sr-only|visually-hidden)(\s|$)/.test(e.className)) return true;
			const anchor = e.tagName === 'A' && e.getAttribute('href')?.includes('#'); // of a heading, beside it
			return Boolean(anchor) && /^[#¶§🔗\u200b]$/u.test((e.textContent ?? '').trim());
		},

		/** Reports whether an element is a line, since empty ones stand between paragraphs. @param {Element} e */
		isLine(e) {
			const parent = e.parentElement;
			if (!parent || !/^(DIV|P)$/.test(e.tagName)) return false;
			let line = byLine.get(parent);
			if (line === undefined) byLine.set(parent, (line = hasLines(parent)));
			return line;
		},
	};
}

const mono = /courier|\bmono|mono\b|consolas|menlo|monaco|source code/i;

/**
 * The declarations of single classes.
 * @param {string} css
 */
function rulesOf(css) {
	/** @type {Map<string, string>} */
	const rules = new Map();
	for (const rule of css.split('}')) {
		const [selectors, body] = rule.split('{');
		if (!body) continue;
		for (const selector of selectors.split(',')) {
			const name = /^\s*(?:[a-z]\w*)?\.([\w-]+)\s*$/i.exec(selector);
			if (name) rules.set(name[1], `${rules.get(name[1]) ?? ''};${body}`);
		}
	}
	return rules;
}

/** @param {string} text */
function declarations(text) {
	const all = text.split(';').map((d) => /^\s*([\w-]+)\s*:\s*(.*?)\s*$/s.exec(d));
	return new Map(all.flatMap((d) => (d ? [[d[1].toLowerCase(), d[2].toLowerCase()]] : [])));
}

/**
 * @param {Element} e
 * @param {(e: Element, name: string) => string} style
 */
function emphasis(e, style) {
	/** @type {Partial<Run>} */
	const own = {};
	const font = style(e, 'font');
	if (/^(B|STRONG)$/.test(e.tagName) || /\bbold\b/.test(font)) own.bold = true;
	if (/^(I|EM|CITE|VAR)$/.test(e.tagName) || /\bitalic\b/.test(font)) own.italic = true;
	if (/^(S|DEL|STRIKE)$/.test(e.tagName)) own.struck = true;
	const weight = style(e, 'font-weight');
	if (weight) own.bold = /^(bold|[6-9]\d\d)/.test(weight);
	const slant = style(e, 'font-style');
	if (slant) own.italic = /^(italic|oblique)/.test(slant);
	const line = style(e, 'text-decoration') || style(e, 'text-decoration-line');
	if (/line-through/.test(line)) own.struck = true;
	return own;
}

/**
 * The address of a link, as far as others can follow it.
 * @param {Element} e
 * @returns {{href?: string, lost?: string}}
 */
function addressOf(e) {
	const href = e.tagName === 'A' ? (e.getAttribute('href') ?? '').trim() : '';
	const note = href.includes('#') && /^\[?[\w*†‡]{1,3}\]?$/.test((e.textContent ?? '').trim());
	if (!href || href.startsWith('#') || note) return {};
	if (/^https?:\/\/./i.test(href)) return { href: behind(href) };
	if (href.startsWith('//')) return { href: `https:${href}` };
	const mail = /^mailto:([^?]+)/i.exec(href);
	if (mail) return e.textContent?.includes(mail[1]) ? {} : { lost: 'e-mail address' };
	return /^[a-z][a-z0-9+.-]*:/i.test(href) ? {} : { lost: 'link without an address' };
}

/** Where a link through Google leads. @param {string} href */
function behind(href) {
	if (!/^https:\/\/www\.google\.com\/url\?/.test(href)) return href;
	const to = new URL(href).searchParams.get('q') ?? '';
	return /^https?:\/\//.test(to) ? to : href;
}

/**
 * How much of the text is in a font for code.
 * @param {Element} body
 * @param {(e: Element) => boolean} isMono
 */
function monoShare(body, isMono) {
	let [all, own] = [0, 0];
	/** @type {(node: Node, inside: boolean) => void} */
	const walk = (node, inside) => {
		if (node.nodeType === Node.TEXT_NODE) {
			const n = (node.nodeValue ?? '').trim().length;
			all += n;
			if (inside) own += n;
		}
		const here = inside || (node instanceof Element && isMono(node));
		node.childNodes.forEach((child) => walk(child, here));
	};
	walk(body, false);
	return all ? own / all : 0;
}

/** Paragraphs that are so much larger than most of the text are headings. */
const larger = 1.25;

/**
 * The headings among paragraphs that only their size tells from others, with their levels.
 * @param {Element} body
 * @param {(e: Element, name: string) => string} style
 */
function fontSizes(body, style) {
	/** @type {(e: Element) => number} */
	const size = (e) => {
		const own = /([\d.]+)(px|pt)/.exec(style(e, 'font-size') || style(e, 'font'));
		return own ? Number(own[1]) * (own[2] === 'pt' ? 4 / 3 : 1) : 0;
	};
	/** @type {Array<{e: Element, size: number, length: number}>} */
	const all = [];
	/** @type {Map<number, number>} */
	const lengths = new Map();
	for (const e of body.querySelectorAll('p')) {
		const text = (e.textContent ?? '').trim();
		if (!text || e.closest('li, td, th, blockquote')) continue;
		const own = { e, size: [...e.querySelectorAll('span')].map(size).find(Boolean) ?? size(e), length: text.length };
		all.push(own);
		lengths.set(own.size, (lengths.get(own.size) ?? 0) + own.length);
	}
	const [usual] = [...lengths].sort((a, b) => b[1] - a[1])[0] ?? [0];
	const large = all.filter((p) => usual > 0 && p.size >= usual * larger && p.length <= 120);
	const ranks = [...new Set(large.map((p) => p.size))].sort((a, b) => b - a);
	return new Map(large.map((p) => [p.e, 1 + ranks.indexOf(p.size)]));
}

/** @param {Element} parent */
function hasLines(parent) {
	const own = [...parent.children].filter((c) => /^(DIV|P)$/.test(c.tagName));
	const empty = own.filter((c) => !c.textContent?.trim() && !c.querySelector('img'));
	const paragraphs = own.some((c) => c.tagName === 'P');
	return empty.length > 0 && (!paragraphs || empty.length * 3 >= own.length - empty.length);
}
