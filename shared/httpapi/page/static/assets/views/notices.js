// Notices: the channels by which Spool tells what happened, and what became of each notice.

import { h, button, fill } from '../lib/dom.js';
import { call, Intents, listAccounts } from '../lib/api.js';
import { attempt, confirmDialog, empty, notice, problemSlot } from '../lib/ui.js';
import { localZone, showFull } from '../lib/time.js';
import { channelDialog, kinds, secretDialog, wordOf } from './channel.js';
import { deliveries, sendTest } from './deliveries.js';

/** @type {Record<API.Channel['state'], [look: string, word: string]>} */
const states = { on: ['good', 'On'], off: ['still', 'Off'], disabled: ['bad', 'Disabled'] };

/** @type {import('../app.js').View} */
export async function show(main, { heading, signal }) {
	const { accounts } = await listAccounts(signal);
	const list = h('div', { id: 'channels' });
	const draw = async () => {
		const { channels } = await call('GET /v1/channels', { signal });
		fill(list, channels.length ? channels.map((c) => panel(c, { accounts, draw, signal })) : none());
	};
	const add = () => channelDialog(null, accounts, draw);
	main.append(
		heading('Notices', button('channel-add', 'Add a channel', add, { class: 'primary' })),
		h('p.lead', 'Spool tells you when something happens that you should know of, wherever you are.'),
		list,
	);
	await draw();
}

const none = () =>
	empty(
		'Nobody is told yet.',
		h('p', 'Add a webhook, a channel of Slack or Discord, or e-mail, and send a test to see that it arrives.'),
	);

/**
 * What a channel is shown with.
 * @typedef {object} Around
 * @property {API.Account[]} accounts
 * @property {() => Promise<unknown>} draw shows all channels anew
 * @property {AbortSignal} signal
 */

/**
 * @param {API.Channel} c
 * @param {Around} around
 */
function panel(c, around) {
	const { accounts, signal } = around;
	const [look, word] = states[c.state];
	const slot = problemSlot(`channel-${c.id}-problem`);
	const told = h('div', { id: `channel-${c.id}-test`, role: 'status' });
	const log = deliveries(c, signal);
	const names = (c.accounts ?? []).map((id) => `@${accounts.find((a) => a.id === id)?.username ?? id}`);
	const test = () => attempt(slot, () => sendTest(c, told, log.refresh, signal));
	return h(
		'section.panel.account',
		{ id: `channel-${c.id}`, 'data-state': c.state, 'aria-labelledby': `channel-${c.id}-name` },
		h(
			'div.account-head',
			h(
				'div',
				h('h2', { id: `channel-${c.id}-name` }, c.name),
				h('p.quiet', kinds[c.kind], c.address && [': ', h('code', c.address)]),
			),
			h('span', { class: `chip ${look}` }, word),
		),
		c.reason && h('div.problem', h('p', c.reason.sentence), c.reason.todo && h('p.todo', c.reason.todo)),
		c.failing_since &&
			!c.reason &&
			h('p.warn', `Nothing has arrived there since ${showFull(c.failing_since, localZone())}. Spool keeps trying.`),
		h(
			'dl.facts',
			h('dt', 'Told of'),
			h('dd', c.events?.length ? c.events.map(wordOf).join(', ') : 'Everything'),
			names.length > 0 && [h('dt', 'Of accounts'), h('dd', names.join(', '))],
			c.digest && [
				h('dt', 'Daily digest'),
				h('dd', `At ${String(c.digest.hour).padStart(2, '0')}:00, ${c.digest.zone}`),
			],
		),
		slot.node,
		h(
			'div.actions',
			c.state === 'on' && button(`channel-${c.id}-send`, 'Send a test', test),
			button(`channel-${c.id}-edit`, 'Edit', () => channelDialog(c, accounts, around.draw)),
			toggle(c, around, slot),
			c.kind === 'webhook' && button(`channel-${c.id}-rotate`, 'Replace the secret', () => rotate(c)),
			button(`channel-${c.id}-delete`, 'Delete', () => remove(c, around.draw), { class: 'danger' }),
		),
		told,
		log.node,
	);
}

/**
 * Turns a channel on or off.
 * @param {API.Channel} c
 * @param {Around} around
 * @param {import('../lib/ui.js').Slot} slot
 */
function toggle(c, { draw }, slot) {
	const on = c.state !== 'on';
	const work = async () => {
		await call('PATCH /v1/channels/{id}', { path: { id: c.id }, body: { on } });
		notice(on ? 'It is told again.' : 'It is told nothing until you turn it on.');
		await draw();
	};
	return button(`channel-${c.id}-toggle`, on ? 'Turn on' : 'Turn off', () => attempt(slot, work));
}

/** @param {API.Channel} c */
function rotate(c) {
	const intents = new Intents();
	confirmDialog('rotate-dialog', {
		title: 'Replace the secret?',
		text: `“${c.name}” gets a new secret. For a day requests are signed with both, so that you can change it in time.`,
		yes: 'Replace it',
		work: async () => {
			const made = await intents.once('rotate', c.id, (headers) =>
				call('POST /v1/channels/{id}/rotate-secret', { path: { id: c.id }, headers }),
			);
			secretDialog(made);
		},
	});
}

/** @param {API.Channel} c @param {() => Promise<unknown>} draw */
function remove(c, draw) {
	confirmDialog('channel-delete-dialog', {
		title: 'Delete this channel?',
		text: `“${c.name}” is told nothing more, and what was sent to it is forgotten. This cannot be undone.`,
		yes: 'Delete',
		danger: true,
		work: async () => {
			await call('DELETE /v1/channels/{id}', { path: { id: c.id } });
			notice('The channel is deleted.');
			await draw();
		},
	});
}
