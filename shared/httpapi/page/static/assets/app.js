// Starts the page: who is signed in, which view is shown.

/** @import {Child} from './lib/dom.js' */

import { h, fill, icon } from './lib/dom.js';
import { call } from './lib/api.js';
import { problemBox, problemOf } from './lib/ui.js';

/**
 * What a view is given.
 * @typedef {object} Context
 * @property {string[]} args of the address, after the view's name
 * @property {URLSearchParams} query of the address
 * @property {AbortSignal} signal aborted when the view is left; requests and listeners take it
 * @property {(title: string, ...more: Child[]) => HTMLElement} heading
 * @property {API.Session|null} session whose key it is; null at the sign-in
 *
 * A view shows itself, and ends when its first data are in.
 * @typedef {(main: HTMLElement, ctx: Context) => void|Promise<void>} View
 */

/**
 * The views by their names in the address. Each module is loaded when it is first shown.
 * @type {Record<string, () => Promise<{show: View}>>}
 */
const views = {
	signin: () => import('./views/signin.js'),
	setup: () => import('./views/setup.js'),
	compose: () => import('./views/compose.js'),
	queue: () => import('./views/queue.js'),
	calendar: () => import('./views/calendar.js'),
	post: () => import('./views/post.js'),
	accounts: () => import('./views/accounts.js'),
	settings: () => import('./views/settings.js'),
	notices: () => import('./views/notices.js'),
	health: () => import('./views/health.js'),
};

/** @type {Array<[view: string, label: string, icon: Parameters<typeof icon>[0]]>} */
const menu = [
	['compose', 'Write', 'write'],
	['queue', 'Queue', 'queue'],
	['calendar', 'Calendar', 'calendar'],
	['accounts', 'Accounts', 'accounts'],
	['settings', 'Settings', 'settings'],
];

const main = /** @type {HTMLElement} */ (document.getElementById('main'));
const bar = /** @type {HTMLElement} */ (document.getElementById('bar'));

/**
 * The session, once it is known; null without one.
 * @type {API.Session|null}
 */
let session = null;
let leave = new AbortController();

/** Goes to where the address points. */
async function route() {
	leave.abort();
	leave = new AbortController();
	delete main.dataset.ready;
	const { signal } = leave;
	const [path, query] = location.hash.replace(/^#\/?/, '').split('?');
	const [wanted, ...args] = path.split('/');
	const name = session
		? Object.hasOwn(views, wanted) && wanted !== 'signin'
			? wanted
			: await start(signal)
		: 'signin';
	if (signal.aborted) return;
	try {
		const view = await views[name]();
		if (signal.aborted) return;
		begin(name);
		await view.show(main, { args, query: new URLSearchParams(query), signal, heading, session });
	} catch (e) {
		if (signal.aborted) return;
		if (!main.querySelector('h1')) main.append(heading('This page did not load'));
		main.append(problemBox(e, h('p', h('button', { type: 'button', id: 'again', onclick: route }, 'Try again'))));
	}
	if (!signal.aborted) main.dataset.ready = 'true';
}

/**
 * Where somebody begins who did not say where: at the setup, until it is done.
 * @param {AbortSignal} signal
 */
async function start(signal) {
	try {
		return (await call('GET /v1/status', { signal })).ready ? 'compose' : 'setup';
	} catch {
		return 'compose';
	}
}

/**
 * Clears the place for a view.
 * @param {string} name
 */
function begin(name) {
	main.dataset.view = name;
	fill(main);
	bar.hidden = name === 'signin';
	document.querySelectorAll('dialog').forEach((d) => d.close());
	const place = name === 'health' || name === 'notices' ? 'settings' : name; // in the menu
	for (const link of document.querySelectorAll('#nav a')) {
		if (link.id === `nav-${place}`) link.setAttribute('aria-current', 'page');
		else link.removeAttribute('aria-current');
	}
	scrollTo(0, 0);
}

let moved = false; // only a change of views takes the focus; a fresh page does not

/** @type {Context['heading']} */
function heading(title, ...more) {
	document.title = `${title} · Spool`;
	const h1 = h('h1', { id: 'heading', tabindex: '-1' }, title);
	if (moved) queueMicrotask(() => h1.focus({ preventScroll: true }));
	moved = true;
	return h('header.view-head', h1, more);
}

/** Reads whose session it is, and shows what belongs there. */
async function enter() {
	try {
		session = await call('GET /v1/session');
	} catch (e) {
		session = null;
		const { status } = problemOf(e);
		const box = problemBox(e, h('p', h('button', { type: 'button', id: 'again', onclick: enter }, 'Try again')));
		if (status === 429) {
			// many wrong keys came from this address; a right one is let in all the same
			await route();
			main.append(box);
			return;
		}
		if (status !== 401) {
			begin('signin');
			fill(main, heading('Spool cannot be reached'), box);
			return;
		}
	}
	await route();
}

fill(
	/** @type {Element} */ (document.getElementById('nav')),
	menu.map(([view, label, sign]) => h('a', { href: `#/${view}`, id: `nav-${view}` }, icon(sign), h('span', label))),
);
document.getElementById('skip')?.addEventListener('click', (e) => {
	e.preventDefault();
	main.focus();
});
addEventListener('hashchange', route);
addEventListener('spool:signed-in', enter);
addEventListener('spool:signed-out', () => {
	if (!session) return;
	session = null;
	route();
});
enter();
