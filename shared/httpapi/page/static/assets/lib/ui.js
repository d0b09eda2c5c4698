// What several views are made of: problems, notices, dialogs, copying.

/** @import {Child} from './dom.js' */

import { h, button, busy, fill, fieldError } from './dom.js';
import { Problem } from './api.js';
import { placeOf, todoOf } from './words.js';

/**
 * Any error as a problem that can be shown.
 * @param {unknown} e
 * @returns {Problem}
 */
export function problemOf(e) {
	if (e instanceof Problem) return e;
	console.error(e);
	return new Problem({
		code: 'page',
		detail: 'Something went wrong on this page.',
		todo: 'Reload it and try again. What you typed is kept.',
	});
}

/**
 * Shows a problem: what is wrong, where, and what to do.
 * @param {unknown} e
 * @param {Child} [more] such as a button for the next step
 */
export function problemBox(e, more) {
	const p = problemOf(e);
	/** @type {(field: string, text: string) => Child} */
	const line = (field, text) => {
		const place = placeOf(field);
		return place ? [h('strong', `${place}: `), text] : text;
	};
	const several = p.errors.length > 1;
	return h(
		'div.problem',
		{ role: 'alert' },
		h('p', several ? `There are ${p.errors.length} things to correct:` : line(p.field, p.message)),
		several &&
			h(
				'ul',
				p.errors.map((f) => h('li', line(f.field, f.message))),
			),
		todoOf(p) && h('p.todo', todoOf(p)),
		more,
	);
}

/**
 * A place for the problem of a form or of a set of buttons.
 * @typedef {ReturnType<typeof problemSlot>} Slot
 * @param {string} id
 */
export function problemSlot(id) {
	const slot = h('div.slot', { id });
	return {
		node: slot,
		clear: () => fill(slot),
		/** @type {(e: unknown, more?: Child) => void} */
		show: (e, more) => fill(slot, problemBox(e, more)),
	};
}

/**
 * Does something and shows its problem in the slot.
 * @param {Pick<Slot, 'clear'|'show'>} slot
 * @param {() => unknown} work
 */
export async function attempt(slot, work) {
	slot.clear();
	try {
		await work();
	} catch (e) {
		if (!(e instanceof DOMException && e.name === 'AbortError')) slot.show(e);
	}
}

/**
 * Says something that went well, also to screen readers. It goes after a while.
 * @param {string} text
 */
export function notice(text) {
	const note = h('p.notice', text);
	fill(/** @type {Element} */ (document.getElementById('notices')), note);
	setTimeout(() => note.remove(), 7000);
}

let focused = ''; // the id of what had the focus last, also when it was disabled since
document.addEventListener('focusin', (e) => {
	const { id } = /** @type {HTMLElement} */ (e.target);
	if (id && !document.querySelector('dialog[open]')) focused = id;
});

/**
 * Opens a dialog; it is removed when it closes, and the focus is where it was.
 * @param {string} id
 * @param {string} title
 * @param {(close: () => void) => Child} body
 * @returns {HTMLDialogElement}
 */
export function openDialog(id, title, body) {
	const dialog = h('dialog', { id, 'aria-labelledby': `${id}-title` });
	const before = focused;
	const close = () => dialog.close();
	dialog.append(h('h2', { id: `${id}-title` }, title), h('div.dialog-body', body(close)));
	dialog.addEventListener('close', () => {
		dialog.remove();
		if (document.activeElement === document.body) document.getElementById(before)?.focus();
	});
	document.body.append(dialog);
	dialog.showModal();
	return dialog;
}

/**
 * A question before something that cannot be undone.
 * @typedef {object} Question
 * @property {string} title
 * @property {Child} text
 * @property {string} yes
 * @property {boolean} [danger]
 * @property {() => Promise<unknown>} work
 * @property {Child} [fields]
 */

/**
 * Asks, and does it. The dialog stays open when it goes wrong, and says why.
 * @param {string} id
 * @param {Question} q
 */
export function confirmDialog(id, q) {
	openDialog(id, q.title, (close) =>
		form(
			{
				id: `${id}-form`,
				submit: [`${id}-yes`, q.yes, q.danger ? 'danger' : 'primary'],
				more: button(`${id}-no`, 'Not now', close),
				work: async () => {
					await q.work();
					close();
				},
			},
			h('div.dialog-text', q.text),
			q.fields,
		),
	);
}

/**
 * A text to be copied, with its button.
 * @param {string} id
 * @param {string} text
 * @param {string} what it is, for the button's name
 */
export function copyable(id, text, what) {
	const code = h('code', { id }, text);
	const work = async () => {
		try {
			await navigator.clipboard.writeText(text);
			notice(`Copied ${what}.`);
		} catch {
			getSelection()?.selectAllChildren(code);
			notice('Your browser does not let the page copy. The text is selected: press Ctrl+C.');
		}
	};
	return h('div.copyable', code, button(`${id}-copy`, 'Copy', work, { 'aria-label': `Copy ${what}` }));
}

/**
 * Makes a form. What goes wrong stands at the field that it is about, else above
 * the button.
 * @param {object} o
 * @param {string} o.id
 * @param {[id: string, label: string, look?: string]} o.submit the button
 * @param {() => unknown} o.work
 * @param {Record<string, HTMLElement>} [o.controls] by the API's names of their fields
 * @param {Child} [o.more] buttons beside
 * @param {...Child} body
 */
export function form({ id, submit: [buttonID, label, look], work, controls = {}, more }, ...body) {
	const slot = problemSlot(`${id}-problem`);
	const save = h('button', { type: 'submit', id: buttonID, class: look }, label);
	/** @type {(e: Event) => unknown} */
	const onsubmit = (e) => {
		e.preventDefault();
		return busy(save, () =>
			attempt({ clear: slot.clear, show }, async () => {
				Object.values(controls).forEach((c) => fieldError(c));
				await work();
			}),
		);
	};
	/** @type {(e: unknown) => void} */
	const show = (e) => {
		const p = problemOf(e);
		const control = controls[p.field.replace(/^body\./, '')];
		if (!control) return slot.show(e);
		fieldError(control, [p.message, todoOf(p)].filter(Boolean).join(' '));
		control.focus();
	};
	return h('form', { id, onsubmit }, body, slot.node, h('div.actions', save, more));
}

/**
 * What is shown while there is nothing.
 * @param {string} title
 * @param {...Child} more
 */
export const empty = (title, ...more) => h('div.empty', h('p.empty-title', title), more);
