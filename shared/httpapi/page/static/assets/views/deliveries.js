// What was sent to a channel, and how it went.

import { h, button, fill } from '../lib/dom.js';
import { call, Intents } from '../lib/api.js';
import { attempt, notice, problemSlot } from '../lib/ui.js';
import { pause } from '../lib/poll.js';
import { count } from '../lib/words.js';
import { localZone, showFull } from '../lib/time.js';

/** @type {Record<API.Delivery['state'], [look: string, word: string]>} */
const states = { pending: ['live', 'On its way'], delivered: ['good', 'Delivered'], failed: ['bad', 'Given up'] };

/** How long a test's answer is waited for, and how often it is asked for it, in milliseconds. */
const [long, often] = [30e3, 700];

/**
 * Sends a test, and tells how it went.
 * @param {API.Channel} c
 * @param {Element} told
 * @param {() => Promise<unknown>} refresh shows the deliveries anew
 * @param {AbortSignal} signal
 */
export async function sendTest(c, told, refresh, signal) {
	fill(told, h('p.quiet', 'The test is on its way…'));
	try {
		const intents = new Intents();
		const sent = await intents.once('test', c.id, (headers) =>
			call('POST /v1/channels/{id}/test', { path: { id: c.id }, headers, signal }),
		);
		const end = Date.now() + long;
		let d = /** @type {API.Delivery|undefined} */ (sent);
		while (d && d.attempts.length === 0 && Date.now() < end) {
			await pause(often, signal);
			const { deliveries } = await call('GET /v1/channels/{id}/deliveries', { path: { id: c.id }, signal });
			d = deliveries.find((one) => one.id === sent.id) ?? d;
		}
		fill(told, d && outcome(d));
		await refresh();
	} catch (e) {
		fill(told);
		throw e;
	}
}

/** @param {API.Delivery} d */
function outcome(d) {
	const last = d.attempts.at(-1);
	if (!last) return h('p.warn', 'It has not been sent yet. Look at what was sent below, in a minute.');
	const well = d.state === 'delivered';
	return h(
		'p',
		{ class: well ? 'good' : 'bad' },
		well ? 'The test has arrived. ' : 'The test has not arrived. ',
		attemptLine(last),
	);
}

/** @param {API.Delivery['attempts'][number]} a */
const attemptLine = ({ status_code, milliseconds, error }) =>
	[error, status_code && `It was answered with ${status_code}`, `after ${milliseconds} ms.`].filter(Boolean).join(' ');

/**
 * What was sent to a channel, which is asked for when it is opened.
 * @param {API.Channel} c
 * @param {AbortSignal} signal
 */
export function deliveries(c, signal) {
	const list = h('ul.rows');
	const more = h('div.actions');
	const slot = problemSlot(`channel-${c.id}-log-problem`);
	/** @type {(cursor: string) => Promise<void>} */
	const read = (cursor) =>
		attempt(slot, async () => {
			const query = { limit: 20, cursor };
			const page = await call('GET /v1/channels/{id}/deliveries', { path: { id: c.id }, query, signal });
			if (!cursor) fill(list);
			list.append(...page.deliveries.map((d) => row(c, d, refresh)));
			const next = page.next_cursor;
			fill(more, next && button(`channel-${c.id}-older`, 'Show older ones', () => read(next)));
			if (list.children.length === 0) fill(more, h('p.quiet', 'Nothing was sent yet.'));
		});
	/** @type {HTMLDetailsElement} */
	const node = h(
		'details',
		{ ontoggle: () => node.open && read('') },
		h('summary', { id: `channel-${c.id}-log` }, 'What was sent'),
		slot.node,
		list,
		more,
	);
	const refresh = async () => node.open && read('');
	return { node, refresh };
}

/**
 * @param {API.Channel} c
 * @param {API.Delivery} d
 * @param {() => Promise<unknown>} refresh
 */
function row(c, d, refresh) {
	const [look, word] = states[d.state];
	const slot = problemSlot(`delivery-${d.id}-problem`);
	const intents = new Intents();
	/** @type {(at: string) => string} */
	const on = (at) => showFull(at, localZone());
	const replay = () =>
		attempt(slot, async () => {
			const path = { id: c.id, delivery: d.id };
			await intents.once('replay', path, (headers) =>
				call('POST /v1/channels/{id}/deliveries/{delivery}/replay', { path, headers }),
			);
			notice('It is sent once more.');
			await refresh();
		});
	return h(
		'li.row',
		{ 'data-type': d.type, 'data-state': d.state },
		h(
			'div.row-main',
			h('strong', d.title),
			h('p.quiet.row-about', on(d.created_at), d.next_at && `, tried again at ${on(d.next_at)}`),
			d.attempts.length > 0 &&
				h(
					'details',
					h('summary', { id: `delivery-${d.id}` }, count(d.attempts.length, 'attempt')),
					h(
						'ul',
						d.attempts.map((a) => h('li', `${on(a.at)}: ${attemptLine(a)}`)),
					),
				),
			slot.node,
			d.state !== 'pending' &&
				h(
					'div.actions',
					button(`delivery-${d.id}-replay`, 'Send it again', replay, {
						class: 'small',
						'aria-label': `Send it again: ${d.title}`,
					}),
				),
		),
		h('span', { class: `chip ${look}` }, word),
	);
}
