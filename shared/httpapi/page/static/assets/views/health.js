// What is wrong with Spool, and what to do about it, as the API finds it.

import { h, button, fill, keepFocus } from '../lib/dom.js';
import { call } from '../lib/api.js';
import { attempt, problemSlot } from '../lib/ui.js';
import { pause } from '../lib/poll.js';
import { count } from '../lib/words.js';
import { localZone, showFull } from '../lib/time.js';

/** @typedef {API.Answer<'GET /v1/health'>} Health */

/** @type {Record<Health['checks'][number]['state'], [order: number, look: string, word: string]>} */
const states = {
	wrong: [0, 'bad', 'Wrong'],
	waiting: [1, 'live', 'Waiting'],
	open: [2, 'still', 'Not known'],
	ok: [3, 'good', 'OK'],
};

/** How often it is asked whether the functions have looked at themselves, and for how long, in milliseconds. */
const [often, long] = [2000, 150e3];

/** @type {import('../app.js').View} */
export async function show(main, { heading, signal }) {
	const slot = problemSlot('health-problem');
	const told = h('p', { id: 'health-told', role: 'status' });
	const list = h('ul.rows', { id: 'health' });
	let asked = new AbortController(); // the newest check
	const check = async () => {
		asked.abort();
		asked = new AbortController();
		const either = AbortSignal.any([asked.signal, signal]);
		await attempt(slot, async () => {
			const { asked_at } = await call('POST /v1/health', { signal: either });
			const first = await look(asked_at, either);
			if (first.checks.some((c) => c.state === 'waiting')) follow(asked_at, either);
		});
	};
	/** @type {(asked_at: string, signal: AbortSignal) => Promise<Health>} */
	const look = async (asked_at, signal) => {
		const health = await call('GET /v1/health', { query: { asked_at }, signal });
		keepFocus(() => {
			fill(told, summary(health));
			fill(list, inOrder(health).map(row));
		});
		return health;
	};
	/** @type {(asked_at: string, signal: AbortSignal) => Promise<void>} */
	const follow = (asked_at, signal) =>
		attempt(slot, async () => {
			for (const end = Date.now() + long; Date.now() < end;) {
				await pause(often, signal);
				signal.throwIfAborted();
				if (!(await look(asked_at, signal)).checks.some((c) => c.state === 'waiting')) return;
			}
		});
	main.append(heading('Health', button('health-again', 'Check again', check)), told, slot.node, list);
	await check();
}

/** What is wrong first. @param {Health} health */
const inOrder = ({ checks }) => checks.toSorted((a, b) => states[a.state][0] - states[b.state][0]);

/** @param {Health} health */
function summary({ checks, version, now }) {
	const [wrong, waiting] = ['wrong', 'waiting'].map((state) => checks.filter((c) => c.state === state).length);
	const as = `${version ? ` Version ${version}.` : ''} Checked at ${showFull(now, localZone())}.`;
	if (wrong) return `${count(wrong, 'check')} found something wrong.${as}`;
	return waiting ? `Some functions have not answered yet; that takes two minutes at most.${as}` : `All is well.${as}`;
}

/** @param {Health['checks'][number]} c */
function row({ check, state, text, todo }) {
	const [, look, word] = states[state];
	return h(
		'li.row',
		{ 'data-check': check, 'data-state': state },
		h('div.row-main', h('strong', check.replaceAll('_', ' ')), h('p', text), todo && h('p.todo', todo)),
		h('span', { class: `chip ${look}` }, word),
	);
}
