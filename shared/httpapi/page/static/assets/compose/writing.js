// The one text field: how it is read, and what becomes of what is pasted into it.

/**
 * @import {Child} from '../lib/dom.js'
 * @import {Composer} from '../views/compose.js'
 * @import {Draft, Format} from './draft.js'
 */

import { h, button, field, fill } from '../lib/dom.js';
import { count } from '../lib/words.js';
import { moved } from './anchors.js';
import { looksLikeMarkdown } from './format.js';
import { markdownOf } from './html.js';

/**
 * How the field was.
 * @typedef {Pick<Draft, 'text'|'format'|'extras'> & {start: number, end: number}} State
 */

/** @type {Array<[Format, string]>} */
const formats = [
	['text', 'Plain text'],
	['markdown', 'Markdown'],
];

export class Writing {
	/** @type {State|null} what the newest change can be taken back to */
	#before = null;
	#offers = true; // until somebody says that it is no Markdown
	#own = false; // the text is changed here, not by hand

	/** @param {Composer} composer */
	constructor(composer) {
		this.composer = composer;
		this.draft = composer.draft;
		this.area = h('textarea', {
			id: 'compose-text',
			rows: 12,
			value: this.draft.text,
			placeholder: 'Write it all in one go. Spool splits it into a thread.',
			oninput: (e) => this.#input(e),
		});
		composer.attachments.listen(this.area, () => this.area.selectionStart);
		this.area.addEventListener('paste', (e) => this.#paste(e));
		this.choices = formats.map(([format]) =>
			h('input', {
				type: 'radio',
				name: 'compose-format',
				id: `compose-format-${format}`,
				value: format,
				checked: this.draft.format === format,
				onchange: () => {
					this.#say();
					this.#read(format);
				},
			}),
		);
		this.said = h('div.said', { id: 'compose-said', role: 'status' });
	}

	get node() {
		return h(
			'div.writing',
			h(
				'fieldset.formats',
				h('legend.sr', 'Read as'),
				this.choices.map((c, i) => h('label', { for: c.id }, c, h('span', formats[i][1]))),
			),
			field(this.area, 'Text', [
				'A line of ',
				h('code', '---'),
				' always starts a new tweet. Drop or paste pictures, GIFs and videos here, or onto a tweet.',
			]),
			this.said,
		);
	}

	/** Selects a line. @param {number} line from 1 */
	toLine = (line) => {
		const lines = this.area.value.split('\n');
		const start = lines.slice(0, line - 1).reduce((n, l) => n + l.length + 1, 0);
		this.area.focus();
		this.area.setSelectionRange(start, start + (lines[line - 1] ?? '').length);
		const height = this.area.scrollHeight / lines.length;
		this.area.scrollTop = Math.max(0, (line - 3) * height);
	};

	/** Reads the text in another way. @param {Format} format */
	#read(format) {
		this.draft.format = format;
		for (const c of this.choices) c.checked = c.value === format;
		this.composer.changed();
	}

	/** @returns {State} */
	#state() {
		const { text, format, extras } = this.draft;
		const { selectionStart: start, selectionEnd: end } = this.area;
		return { text, format, extras: extras.map((e) => ({ ...e })), start, end };
	}

	/** @param {Event} e */
	#input(e) {
		const { inputType = '', data = null } = e instanceof InputEvent ? e : {};
		const { draft, area } = this;
		for (const x of draft.extras) x.at = moved(x.at, draft.text, area.value);
		draft.text = area.value;
		const before = this.#before;
		if (!this.#own) {
			this.#say();
			if (before && inputType === 'historyUndo' && area.value === before.text) this.#restore(before);
			else if (/^insertFrom(Paste|Drop)/.test(inputType)) this.#notice(data ?? area.value);
		}
		this.composer.changed();
	}

	/** Asks whether pasted words are Markdown. @param {string} pasted */
	#notice(pasted) {
		if (!this.#offers || this.draft.format === 'markdown' || !looksLikeMarkdown(pasted)) return;
		const before = this.#state();
		this.#say(
			'This looks like Markdown. ',
			button('compose-read-markdown', 'Read as Markdown?', () => {
				this.#read('markdown');
				this.#undoable(before, 'The text is read as Markdown.');
			}),
			this.#dismiss('compose-keep-text', 'No, it is plain text'),
		);
	}

	/** @param {string} id @param {string} label */
	#dismiss(id, label) {
		const work = () => {
			this.#offers = false;
			this.#say();
			this.area.focus();
		};
		return button(id, label, work, { class: 'plain' });
	}

	/** Takes what was copied with its look. @param {ClipboardEvent} e */
	#paste(e) {
		const html = e.clipboardData?.getData('text/html') ?? '';
		const plain = e.clipboardData?.getData('text/plain') ?? '';
		// What an editor for code copies is its text; the look is only its colours.
		if (e.defaultPrevented || !html || e.clipboardData?.types.some((type) => type.startsWith('vscode-'))) return;
		const made = markdownOf(html);
		if (!made.formatted || !made.markdown) return;
		e.preventDefault();
		const before = this.#state();
		const { start, end } = before;
		const others = (before.text.slice(0, start) + before.text.slice(end)).trim() !== '';
		const told = [made.markdown, leftOut(made.dropped)];
		if (before.format === 'markdown' || !others) this.#formatted(before, told[0], told[1], plain);
		else {
			// What was written before stays as it is read, until somebody says otherwise.
			this.#replace(start, end, plain || made.markdown);
			const pasted = this.#state();
			this.#say(
				'This was copied with headings, lists, links or the like. ',
				button('compose-keep-format', 'Keep them, as Markdown?', () => {
					this.#replace(start, start + (plain || made.markdown).length, made.markdown);
					this.#read('markdown');
					this.#undoable(pasted, `The text is read as Markdown. ${told[1]}`);
				}),
				this.#dismiss('compose-keep-text', 'No, only the words'),
			);
		}
	}

	/**
	 * Puts Markdown in place of the selection.
	 * @param {State} before
	 * @param {string} markdown
	 * @param {string} lost
	 * @param {string} plain
	 */
	#formatted(before, markdown, lost, plain) {
		this.#replace(before.start, before.end, markdown);
		this.#read('markdown');
		const words = button(
			'compose-only-words',
			'Paste only the words',
			() => {
				this.#restore(before);
				this.#replace(before.start, before.end, plain);
				this.#undoable(before, 'Only the words were pasted.');
			},
			{ class: 'plain' },
		);
		this.#undoable(before, `It was pasted as Markdown. ${lost}`, plain && words);
	}

	/**
	 * Says what was done, with a button that takes it back.
	 * @param {State} before
	 * @param {string} text
	 * @param {Child} [more]
	 */
	#undoable(before, text, more) {
		const undo = button('compose-undo', 'Undo', () => {
			this.#restore(before);
			this.#say('As it was before.');
		});
		this.#say(`${text.trim()} `, undo, more);
		this.#before = before;
		this.area.focus();
	}

	/** @param {...Child} said nothing, for what was said is over */
	#say(...said) {
		this.#before = null;
		fill(this.said, said);
	}

	/** @param {State} before */
	#restore(before) {
		const { area, draft } = this;
		const [head, tail] = common(area.value, before.text);
		this.#replace(head, area.value.length - tail, before.text.slice(head, before.text.length - tail));
		draft.extras = before.extras.map((e) => ({ ...e }));
		area.setSelectionRange(before.start, before.end);
		this.#read(before.format);
		area.focus();
	}

	/**
	 * Puts a text in place of a part, in a way that the browser's own undo takes back.
	 * @param {number} start
	 * @param {number} end
	 * @param {string} text
	 */
	#replace(start, end, text) {
		const { area } = this;
		const whole = area.value.slice(0, start) + text + area.value.slice(end);
		if (whole === area.value) return;
		this.#own = true;
		area.focus();
		area.setSelectionRange(start, end);
		document.execCommand(text ? 'insertText' : 'delete', false, text);
		if (area.value !== whole.replace(/\r\n?/g, '\n')) {
			area.value = whole;
			area.setSelectionRange(start + text.length, start + text.length);
			area.dispatchEvent(new InputEvent('input'));
		}
		this.#own = false;
	}
}

/**
 * How much of two texts is alike at their beginnings and ends.
 * @param {string} a
 * @param {string} b
 * @returns {[head: number, tail: number]}
 */
function common(a, b) {
	const most = Math.min(a.length, b.length);
	let head = 0;
	while (head < most && a[head] === b[head]) head++;
	let tail = 0;
	while (tail < most - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail++;
	return [head, tail];
}

/**
 * What a thread cannot have of what was copied.
 * @param {Map<string, number>} dropped
 */
function leftOut(dropped) {
	const pictures = dropped.get('picture') ?? 0;
	const other = [...dropped].filter(([what]) => what !== 'picture').map(([what, n]) => counted(what, n));
	return [
		other.length > 0 && `Left out: ${other.join(', ')}.`,
		pictures === 1 && 'A picture is only named: add the file to its tweet.',
		pictures > 1 && `${pictures} pictures are only named: add the files to their tweets.`,
	]
		.filter(Boolean)
		.join(' ');
}

/** @param {string} what @param {number} n */
function counted(what, n) {
	if (what === 'e-mail address') return count(n, what, `${what}es`);
	return what === 'link without an address' ? count(n, what, 'links without an address') : count(n, what);
}
