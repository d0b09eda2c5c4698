// What waits for an account or for the app, and what ends the wait.

/** @import {Child} from './dom.js' */

import { h, button } from './dom.js';
import { call } from './api.js';
import { attempt, notice, problemSlot } from './ui.js';
import { count } from './words.js';
import { localZone, showFull } from './time.js';

/**
 * What helps with a reason beyond the post itself: a link to where it is, or a button.
 * @param {API.Reason} reason
 * @param {object} o
 * @param {string} o.id how the ids of what is shown begin
 * @param {string} o.account
 * @param {() => unknown} [o.resumed] is called when the wait was ended here; without it that is not offered
 * @returns {Child}
 */
export function remedy(reason, { id, account, resumed }) {
	switch (reason.todo_code) {
		case 'connect':
			return h('a.button', { id: `${id}-connect`, href: '#/accounts' }, 'Reconnect the account');
		case 'set_app':
			return h('a.button', { id: `${id}-app`, href: '#/setup' }, 'Enter the X app’s credentials');
		case 'raise_budget':
			return h('a.button', { id: `${id}-budget`, href: '#/accounts' }, 'Change the budget');
		case 'resume_account':
			return resumed && account ? resumeButton(id, account, resumed) : null;
		case 'resume_app':
			return resumed ? resumeButton(id, '', resumed) : null;
		default:
			return null;
	}
}

/**
 * The button that ends the pause of an account, or of the app.
 * @param {string} id
 * @param {string} account its id; empty for the app
 * @param {() => unknown} changed
 */
function resumeButton(id, account, changed) {
	const slot = problemSlot(`${id}-problem`);
	const resume = async () => {
		const { resumed, pause } = account
			? await call('POST /v1/accounts/{id}/resume', { path: { id: account } })
			: await call('POST /v1/app/resume');
		const freed = resumed ? `${count(resumed, 'waiting post')} can go out.` : 'No posts were waiting.';
		notice(pause ? 'The account is no longer paused, but the X app still is.' : `Resumed. ${freed}`);
		await changed();
	};
	return [button(`${id}-resume`, 'Resume now', () => attempt(slot, resume), { class: 'primary' }), slot.node];
}

/**
 * A pause: for what, until when, and what ends it.
 * @param {API.Pause} pause of an account, or of the app where it has no account_id
 * @param {() => unknown} changed
 */
export function pauseBox(pause, changed) {
	const account = pause.account_id ?? '';
	const id = `pause-${account || 'app'}`;
	const way =
		remedy(pause.reason, { id, account, resumed: changed }) ??
		(pause.sub_status === 'paused' && resumeButton(id, account, changed));
	return h(
		'div.problem.waits',
		{ id },
		h(
			'p',
			h('strong', account ? `@${pause.username} is on hold. ` : 'All accounts are on hold. '),
			pause.reason.sentence,
		),
		pause.reason.todo && h('p.todo', pause.reason.todo),
		h('p.quiet', `Spool tries again by itself on ${showFull(pause.until, localZone())}.`),
		way && h('div.actions', way),
	);
}

/**
 * All pauses of a list of accounts.
 * @param {API.AccountList} list
 */
export const pausesOf = (list) => [list.pause, ...list.accounts.map((a) => a.pause)].flatMap((p) => p ?? []);
