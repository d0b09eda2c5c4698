// What waits for an account or for the app, and the button that ends the wait.

import { h, button } from './dom.js';
import { post } from './api.js';
import { attempt, notice, problemSlot } from './ui.js';
import { count, todoOf } from './words.js';
import { localZone, showFull } from './time.js';

/** What ends a wait, by its cure: a button here, or a link to where it is. */
const ways = {
	connect: (id) => h('a.button', { id: `${id}-connect`, href: '#/accounts' }, 'Connect the account again'),
	set_app: (id) => h('a.button', { id: `${id}-app`, href: '#/setup' }, 'Give the X app’s credentials'),
	raise_budget: (id) => h('a.button', { id: `${id}-budget`, href: '#/accounts' }, 'Change the budget'),
};

/**
 * A pause: for what, until when, and what ends it.
 * @param {any} pause of an account, or of the app where it has no account_id
 * @param {() => any} changed
 */
export function pauseBox(pause, changed) {
	const id = pause.account_id ? `pause-${pause.account_id}` : 'pause-app';
	const slot = problemSlot(`${id}-problem`);
	const path = pause.account_id ? `/v1/accounts/${pause.account_id}/resume` : '/v1/app/resume';
	const resume = () =>
		attempt(slot, async () => {
			const { resumed, pause: held } = await post(path);
			notice(
				held
					? 'The account’s pause is over; the X app is still paused.'
					: `The pause is over. ${resumed ? `${count(resumed, 'post')} that waited can go on.` : 'Nothing waited.'}`,
			);
			await changed();
		});
	const way =
		ways[pause.reason.todo_code]?.(id) ??
		(pause.sub_status === 'paused' &&
			button(`${id}-resume`, 'It is in order again: go on now', resume, { class: 'primary' }));
	return h(
		'div.problem.waits',
		{ id },
		h(
			'p',
			h('strong', pause.account_id ? `@${pause.username} waits` : 'All accounts wait'),
			`, until ${showFull(pause.until, localZone())} at the latest. ${pause.reason.sentence}`,
		),
		todoOf(pause.reason) && h('p.todo', todoOf(pause.reason)),
		way && h('div.actions', way),
		slot.node,
	);
}

/** All pauses of a list of accounts. @param {any} list as GET /v1/accounts answers it @param {() => any} changed */
export const pauseBoxes = (list, changed) =>
	[list.pause, ...list.accounts.map((a) => a.pause)].filter(Boolean).map((p) => pauseBox(p, changed));

/** Whether a post waits for somebody to act. @param {any} post */
export const waits = (post) => post.sub_status === 'paused';

/** What ends the wait of one post that is not the account's or the app's, or nothing. @param {any} post */
export const wayOut = (post) => waits(post) && ways[post.fail_reason?.todo_code]?.(`way-${post.id}`);
