// Makes Markdown of HTML that was copied in a word processor or on a web page.
//
// The HTML is parsed into a document of its own, which runs nothing and loads nothing.
// What has no place in a thread is left out and counted.

/** @import {Run} from './runs.js' */

import { codeSpan, fence, paragraphs, spaced } from './runs.js';
import { styleReader } from './styles.js';

/**
 * @typedef {object} Converted
 * @property {string} markdown
 * @property {boolean} formatted it has more than words: headings, lists, links …
 * @property {Map<string, number>} dropped what was left out, by its name, and how often
 *
 * A part of the text. Items come one by one, and make a list where they meet.
 * @typedef {{kind: 'part'|'line'|'mono', text: string}} Part mono is a line of code
 * @typedef {{kind: 'item', level: number, mark: string, parts: Block[]}} Item
 * @typedef {Part|Item} Block
 */

/** The only way by which a text becomes a document here. Browsers without trusted types parse the text itself. */
const policy = /** @type {any} */ (globalThis).trustedTypes?.createPolicy('paste', {
	createHTML: (/** @type {string} */ html) => html,
});

/** More than this is taken as plain text, in UTF-16 code units. */
const longest = 2e6;

/**
 * @param {string} html
 * @returns {Converted}
 */
export function markdownOf(html) {
	const { body, css } = parsed(html.slice(0, longest));
	return new Converter(css, body).converted();
}

/**
 * Parses HTML without its styles, handlers and base, which the page's policy would complain of.
 * @param {string} html
 */
function parsed(html) {
	const [first, ...rest] = html.split(/<style\b/i);
	const parts = rest.map((part) => part.split(/<\/style\s*>/i));
	const css = parts.map(([rules]) => rules.slice(rules.indexOf('>') + 1)).join('\n');
	const quiet = [first, ...parts.map(([, ...more]) => more.join(''))]
		.join('')
		.replace(/<base\b/gi, '<x-base')
		.replace(/<[a-z][^<>]*/gi, (tag) => tag.replace(/([\s"'])(style|on[a-z]+)(?=\s*=)/gi, '$1data-$2'));
	const { body } = new DOMParser().parseFromString(policy ? policy.createHTML(quiet) : quiet, 'text/html');
	return { body, css };
}

const silent = new Set('SCRIPT STYLE TEMPLATE NOSCRIPT HEAD TITLE META LINK SVG COL COLGROUP SOURCE TRACK'.split(' '));

/** @type {Record<string, string>} */
const placeless = {
	VIDEO: 'video',
	AUDIO: 'sound',
	CANVAS: 'drawing',
	IFRAME: 'embedded page',
	OBJECT: 'embedded page',
	EMBED: 'embedded page',
	INPUT: 'form field',
	SELECT: 'form field',
	TEXTAREA: 'form field',
	BUTTON: 'button',
};

const blocks =
	'address,article,aside,blockquote,center,dd,details,div,dl,dt,fieldset,figcaption,figure,footer,form,h1,h2,h3,h4,h5,' +
	'h6,header,hr,li,main,nav,ol,p,pre,section,summary,table,tbody,td,tfoot,th,thead,tr,ul';
const isBlock = new Set(blocks.toUpperCase().split(','));

class Converter {
	/** @type {Map<string, number>} */
	#dropped = new Map();
	#formatted = false;
	#pictures = 0;
	#style;
	#body;

	/** @param {string} css @param {HTMLElement} body */
	constructor(css, body) {
		this.#body = body;
		this.#style = styleReader(css, body);
	}

	/** @returns {Converted} */
	converted() {
		const markdown = joined(this.#inside(this.#body, {}, 1));
		return { markdown, formatted: this.#formatted, dropped: this.#dropped };
	}

	/** @param {string} what */
	#drop(what) {
		this.#dropped.set(what, (this.#dropped.get(what) ?? 0) + 1);
	}

	/** Notes that there is more than words. @template T @param {T} made */
	#format(made) {
		this.#formatted = true;
		return made;
	}

	/**
	 * The blocks in an element.
	 * @param {Node} node
	 * @param {Partial<Run>} look of the text in it
	 * @param {number} level of the next list
	 * @returns {Block[]}
	 */
	#inside(node, look, level) {
		/** @type {Block[]} */
		const all = [];
		/** @type {Run[]} */
		let runs = [];
		const flush = () => {
			all.push(...paragraphs(runs));
			runs = [];
		};
		for (const child of node.childNodes) {
			if (child instanceof Element && this.#isLeftOut(child)) continue;
			if (child instanceof Element && (isBlock.has(child.tagName) || child.querySelector(blocks))) {
				flush();
				all.push(...this.#block(child, this.#lookOf(child, look), level));
			} else this.#runs(child, look, runs);
		}
		flush();
		return all;
	}

	/**
	 * The blocks that an element makes.
	 * @param {Element} e
	 * @param {Partial<Run>} look
	 * @param {number} level
	 * @returns {Block[]}
	 */
	#block(e, look, level) {
		const heading = this.#style.heading(e);
		if (heading) return this.#heading(e, heading);
		const marked = this.#style.item(e);
		if (marked) return this.#format([this.#item(e, look, marked.level, marked.mark)]);
		switch (e.tagName) {
			case 'HR':
				return this.#format([{ kind: 'part', text: '---' }]);
			case 'PRE':
				return this.#code(e);
			case 'UL':
			case 'OL':
				return this.#list(e, look, level);
			case 'BLOCKQUOTE':
				return this.#quote(e, look);
			case 'TABLE':
				return this.#table(e, look);
		}
		if (this.#style.isQuote(e)) return this.#quote(e, look);
		const inside = this.#inside(e, look, level);
		return this.#style.isLine(e) ? asLine(inside) : inside;
	}

	/** @param {Element} e @param {number} level */
	#heading(e, level) {
		const text = oneLine(this.#inside(e, { plain: true }, 1));
		/** @type {Part[]} */
		const made = text
			? [{ kind: 'part', text: `${'#'.repeat(Math.min(level, 6))} ${text.replace(/(?<!\\)#$/, '\\#')}` }]
			: [];
		return text ? this.#format(made) : made;
	}

	/** @param {Element} e @returns {Block[]} */
	#code(e) {
		const language = /\b(?:language|lang|highlight-source)-([\w+#-]+)/.exec(
			`${e.className} ${e.querySelector('code')?.className} ${e.parentElement?.className}`,
		);
		e.querySelectorAll('br').forEach((br) => br.replaceWith('\n'));
		const text = (e.textContent ?? '').replace(/^\n|\s+$/g, '').replaceAll('\u00a0', ' ');
		return text ? this.#format([{ kind: 'part', text: fence(text, language?.[1]) }]) : [];
	}

	/** @param {Element} e @param {Partial<Run>} look @returns {Block[]} */
	#quote(e, look) {
		const text = joined(this.#inside(e, look, 1));
		return text ? this.#format([{ kind: 'part', text: prefixed(text, '> ', '>') }]) : [];
	}

	/**
	 * @param {Element} list
	 * @param {Partial<Run>} look
	 * @param {number} level
	 * @returns {Block[]}
	 */
	#list(list, look, level) {
		let number = Number(list.getAttribute('start') ?? 1);
		return [...list.children].flatMap((child) => {
			if (this.#isLeftOut(child)) return [];
			// Google Docs puts lists into lists beside their items.
			if (child.tagName !== 'LI') return this.#block(child, this.#lookOf(child, look), level + 1);
			number = Number(child.getAttribute('value') ?? number);
			const mark = list.tagName === 'OL' ? `${number++}.` : '-';
			return this.#format([
				this.#item(child, this.#lookOf(child, look), Number(child.getAttribute('data-aria-level') ?? level), mark),
			]);
		});
	}

	/**
	 * @param {Element} e
	 * @param {Partial<Run>} look
	 * @param {number} level
	 * @param {string} mark
	 * @returns {Item}
	 */
	#item(e, look, level, mark) {
		const box = e.querySelector(':scope > input[type=checkbox], :scope > label > input, :scope > p > input');
		const ticked = e.getAttribute('aria-checked') ?? (box && String(box.hasAttribute('checked')));
		box?.remove();
		if (ticked) e.querySelector(':scope > img')?.remove(); // the box, as Google Docs shows it
		const task = ticked === 'true' ? ' [x]' : ticked === 'false' ? ' [ ]' : '';
		return { kind: 'item', level, mark: mark + task, parts: this.#inside(e, look, level + 1) };
	}

	/** @param {Element} e @param {Partial<Run>} look @returns {Block[]} */
	#table(e, look) {
		const rows = [...e.querySelectorAll('tr')].map((row) => [...row.children].filter((c) => /^T[DH]$/.test(c.tagName)));
		const columns = Math.max(0, ...rows.map((cells) => cells.length));
		if (columns < 2 || e.querySelector('table, pre, ul, ol') || e.getAttribute('role') === 'presentation')
			return this.#inside(e, look, 1);
		const lines = rows
			.map((cells) => cells.map((c) => oneLine(this.#inside(c, this.#lookOf(c, look), 1)).replaceAll('|', '\\|')))
			.filter((cells) => cells.some(Boolean))
			.map((cells) => `| ${[...cells, ...Array(columns - cells.length).fill('')].join(' | ')} |`);
		if (lines.length === 0) return [];
		lines.splice(1, 0, `|${' --- |'.repeat(columns)}`);
		const caption = e.querySelector('caption');
		const title = caption ? this.#inside(caption, look, 1) : [];
		return this.#format([...title, { kind: 'part', text: lines.join('\n') }]);
	}

	/**
	 * Adds the words of a node to those before.
	 * @param {Node} node
	 * @param {Partial<Run>} look
	 * @param {Run[]} runs
	 */
	#runs(node, look, runs) {
		if (node.nodeType === Node.TEXT_NODE) runs.push({ ...look, text: spaced(node.nodeValue ?? '', look.pre) });
		if (!(node instanceof Element) || this.#isLeftOut(node)) return;
		if (node.tagName === 'BR') runs.push({ text: '\n' });
		else if (node.tagName === 'IMG') this.#picture(node, runs);
		else {
			const own = this.#lookOf(node, look);
			if (own.bold || own.italic || own.struck || own.code || own.href) this.#formatted ||= !look.plain;
			for (const child of node.childNodes) this.#runs(child, own, runs);
		}
	}

	/** @param {Element} e @param {Run[]} runs */
	#picture(e, runs) {
		if (e.getAttribute('width') === '1' || e.getAttribute('height') === '1') return; // it only counts its readers
		const alt = spaced(e.getAttribute('alt') ?? '').trim();
		if (/emoji/i.test(e.className) && alt) {
			runs.push({ text: alt });
			return;
		}
		this.#drop('picture');
		const name = /\/([\w.-]{1,40}\.(?:png|jpe?g|gif|webp))(?:[?#]|$)/i.exec(e.getAttribute('src') ?? '');
		runs.push({ text: alt, picture: name?.[1] ?? `picture-${++this.#pictures}` });
		this.#formatted = true;
	}

	/** @param {Element} e @param {Partial<Run>} look */
	#lookOf(e, look) {
		const own = this.#style.look(e, look);
		if (own.lost) this.#drop(own.lost);
		delete own.lost;
		return own;
	}

	/** Reports whether nothing of an element is taken, and counts what readers saw. @param {Element} e */
	#isLeftOut(e) {
		if (silent.has(e.tagName.toUpperCase()) || this.#style.isHidden(e)) return true;
		const what = this.#style.isComment(e) ? 'comment' : placeless[e.tagName];
		if (what) this.#drop(what);
		return Boolean(what);
	}
}

/** What begins a line of its own, and no paragraph. @param {Block[]} inside @returns {Block[]} */
const asLine = (inside) =>
	inside.length === 0
		? [{ kind: 'part', text: '' }]
		: inside.map((b) => (b.kind === 'part' ? { kind: 'line', text: b.text } : b));

/** @param {Block[]} blocks */
const oneLine = (blocks) =>
	joined(blocks.map((b) => (b.kind === 'mono' ? { kind: 'part', text: codeSpan(b.text) } : b))).replace(
		/\s*\n\s*/g,
		' ',
	);

/** @param {string} text @param {string} prefix @param {string} [blank] the prefix of a line without words */
const prefixed = (text, prefix, blank = '') =>
	text
		.split('\n')
		.map((line) => (line ? prefix + line : blank))
		.join('\n');

/**
 * All blocks as one text.
 * @param {Block[]} blocks
 * @returns {string}
 */
function joined(blocks) {
	let text = '';
	/** @type {Block|undefined} */
	let before;
	let items = new Items(1);
	for (const b of withCode(blocks)) {
		if (b.kind === 'item' && before?.kind !== 'item') items = new Items(b.level);
		const own = b.kind === 'item' ? items.text(b) : b.text;
		if (own && text) text += between(before, b);
		text += own;
		before = b;
	}
	return text;
}

/** @param {Block|undefined} a @param {Block} b */
function between(a, b) {
	if (a?.kind === 'item' && b.kind === 'item') return '\n';
	return a?.kind === 'line' && b.kind === 'line' ? '  \n' : '\n\n';
}

/** Lines of code that follow each other, as one. @param {Block[]} blocks @returns {Block[]} */
function withCode(blocks) {
	/** @type {string[]} */
	let code = [];
	/** @type {Block[]} */
	const all = [];
	const end = () => {
		if (code.length) all.push({ kind: 'part', text: fence(code.join('\n')) });
		code = [];
	};
	for (const b of blocks) {
		if (b.kind === 'mono') code.push(b.text);
		else {
			end();
			all.push(b);
		}
	}
	end();
	return all;
}

/** The items of a list, which may be of several levels. */
class Items {
	/** @type {number[]} the columns at which the text of items begins, by their depth */
	#columns = [];
	#first;

	/** @param {number} level of the first item */
	constructor(level) {
		this.#first = level;
	}

	/** @param {Item} item */
	text({ level, mark, parts }) {
		const depth = Math.max(0, Math.min(level - this.#first, this.#columns.length));
		const column = this.#columns[depth - 1] ?? 0;
		const width = mark.replace(/ \[.\]$/, '').length + 1;
		this.#columns.splice(depth, Infinity, column + width);
		const below = parts.findIndex((p) => p.kind === 'item');
		const cut = below < 0 ? parts.length : below;
		const body = [joined(parts.slice(0, cut)), joined(parts.slice(cut))].filter(Boolean).join('\n');
		if (!body) return '';
		return prefixed(`${mark} ${prefixed(body, ' '.repeat(width)).trimStart()}`, ' '.repeat(column));
	}
}
