// Makes the page's elements. Texts become text nodes, never markup, so that
// nothing that came from outside can be a script.

/**
 * @typedef {import('../../../types/dom').Child} Child
 */

/**
 * @template {Element} E
 * @typedef {import('../../../types/dom').Props<E>} Props
 */

/** What is set as a property of the element, because its attribute is only where it starts. */
const properties = new Set(['value', 'checked', 'selected', 'disabled', 'hidden', 'open']);

/**
 * Makes an element. Props without a value are left out.
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K|`${K}.${string}`} tag may have classes behind: p.quiet
 * @param {Props<HTMLElementTagNameMap[K]>|Child} [props] may be left out
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function h(tag, props, ...children) {
	const [name, ...classes] = tag.split('.');
	const element = document.createElement(/** @type {K} */ (name));
	if (classes.length) element.className = classes.join(' ');
	if (props?.constructor === Object) set(element, /** @type {Record<string, unknown>} */ (props));
	else children.unshift(/** @type {Child} */ (props));
	element.append(...nodes(children));
	return element;
}

/**
 * @param {Element} element
 * @param {Record<string, unknown>} props
 */
function set(element, props) {
	for (const [name, value] of Object.entries(props)) {
		if (value === undefined) continue;
		if (name.startsWith('on')) element.addEventListener(name.slice(2), /** @type {EventListener} */ (value));
		else if (properties.has(name)) Object.assign(element, { [name]: value });
		else if (value !== null && value !== false) element.setAttribute(name, value === true ? '' : String(value));
	}
}

/**
 * Puts children in place of what an element holds.
 * @param {Element} element
 * @param {...Child} children
 */
export function fill(element, ...children) {
	element.replaceChildren(...nodes(children));
}

/**
 * @param {Child[]} children
 * @returns {Array<Node|string>}
 */
function nodes(children) {
	return children.flatMap((c) => {
		if (c == null || c === false || c === '') return [];
		if (Array.isArray(c)) return nodes(c);
		return [c instanceof Node ? c : String(c)];
	});
}

/** Draws anew; what had the focus has it again. @param {() => unknown} draw */
export function keepFocus(draw) {
	const id = document.activeElement?.id;
	draw();
	if (id && document.activeElement === document.body) document.getElementById(id)?.focus();
}

/**
 * Makes an element of a drawing.
 * @param {string} tag
 * @param {Record<string, string|number>} attributes
 * @param {...Node} children
 * @returns {SVGElement}
 */
export function s(tag, attributes, ...children) {
	const element = document.createElementNS('http://www.w3.org/2000/svg', tag);
	for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
	element.append(...children);
	return element;
}

const strokes = {
	write: 'M4 20l1-4L16 5l3 3L8 19zM14 7l3 3',
	queue: 'M4 6h16M4 12h16M4 18h10',
	calendar: 'M4 6h16v14H4zM4 10h16M8 3v4M16 3v4',
	accounts: 'M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4 20c1-4 4-5 8-5s7 1 8 5',
	settings: 'M4 7h9M17 7h3M4 17h3M11 17h9M15 5v4M9 15v4',
	media: 'M4 5h16v14H4zM4 16l5-5 4 4 3-3 4 4M9 9h.01',
	options: 'M4 12h1M11.5 12h1M19 12h1',
	close: 'M6 6l12 12M18 6L6 18',
	move: 'M12 4v16M4 12h16M9 7l3-3 3 3M9 17l3 3 3-3M7 9l-3 3 3 3M17 9l3 3-3 3',
};

/**
 * Draws one of the page's icons. It says nothing by itself: its button or link has the name.
 * @param {keyof typeof strokes} name
 */
export function icon(name) {
	return s('svg', { viewBox: '0 0 24 24', class: 'icon', 'aria-hidden': 'true' }, s('path', { d: strokes[name] }));
}

/**
 * Runs what a button does. While that takes time, the button is disabled and says
 * that it is busy.
 * @param {HTMLButtonElement} button
 * @param {() => unknown} work
 */
export async function busy(button, work) {
	const focused = document.activeElement === button;
	const going = work();
	if (!(going instanceof Promise)) return;
	button.disabled = true;
	button.setAttribute('aria-busy', 'true');
	try {
		await going;
	} finally {
		button.disabled = false;
		button.removeAttribute('aria-busy');
		if (focused && button.isConnected && document.activeElement === document.body) button.focus();
	}
}

/**
 * Makes a button.
 * @param {string} id
 * @param {Child} label
 * @param {() => unknown} onclick runs once at a time
 * @param {Props<HTMLButtonElement>} [props]
 */
export function button(id, label, onclick, props) {
	/** @type {HTMLButtonElement} */
	const made = h('button', { type: 'button', id, ...props, onclick: () => busy(made, onclick) }, label);
	return made;
}

/**
 * Makes a labelled field: its control, a hint, and room for what is wrong with it.
 * @param {HTMLElement} control has an id
 * @param {Child} label
 * @param {Child} [hint]
 */
export function field(control, label, hint) {
	const error = h('p.field-error', { id: `${control.id}-error`, hidden: true });
	const parts = [h('label', { for: control.id }, label), control];
	const described = [error.id];
	if (hint) {
		described.unshift(`${control.id}-hint`);
		parts.push(h('p.hint', { id: `${control.id}-hint` }, hint));
	}
	control.setAttribute('aria-describedby', described.join(' '));
	return h('div.field', parts, error);
}

/**
 * Says at a field what is wrong with it; without a text it takes that back.
 * @param {HTMLElement} control
 * @param {string} [text]
 */
export function fieldError(control, text) {
	const error = document.getElementById(`${control.id}-error`);
	if (!error) return;
	error.hidden = !text;
	error.textContent = text ?? '';
	if (text) control.setAttribute('aria-invalid', 'true');
	else control.removeAttribute('aria-invalid');
}

/**
 * Makes a choice from a list.
 * @param {Props<HTMLSelectElement>} props
 * @param {Array<[value: string, label: string]>} options
 * @param {string} [value]
 */
export function select(props, options, value) {
	return h(
		'select',
		props,
		options.map(([v, label]) => h('option', { value: v, selected: v === value }, label)),
	);
}

/**
 * Makes a box to tick.
 * @param {Props<HTMLInputElement>} props
 */
export const box = (props) => h('input', { type: 'checkbox', ...props });

/**
 * Labels a box to tick.
 * @param {HTMLInputElement} control has an id
 * @param {Child} label
 */
export const check = (control, label) => h('label.check', { for: control.id }, control, h('span', label));
