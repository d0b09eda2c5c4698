// The buttons for what may be done with a post, and their dialogs.

/** @import {ActionName} from './offers.js' */

import { h, box, button, check, field } from './dom.js';
import { act, Intents, Problem } from './api.js';
import { attempt, confirmDialog, form, notice, openDialog, problemSlot } from './ui.js';
import { askBefore, offers, told } from './offers.js';
import { localZone, wallOf } from './time.js';
import { tweetID } from './words.js';
import { when } from '../compose/when.js';

/** @typedef {(post: API.Post|null) => unknown} Changed is told how the post is now, or null when it is gone */

/**
 * The buttons for what may be done with a post.
 * @param {API.Post} post
 * @param {object} o
 * @param {string} [o.etag]
 * @param {ActionName[]} [o.only] these of them
 * @param {(name: string) => string} [o.id] of a button
 * @param {Changed} o.changed
 */
export function postActions(post, { etag, only, id = (name) => `post-${name}`, changed }) {
	const slot = problemSlot(id('problem'));
	const buttons = offers(post, only).map(({ action, label, look }) => {
		const name = action.action;
		if (name === 'edit') return h('a.button', { id: id(name), href: `#/compose/${post.id}` }, label);
		return button(id(name), label, workOf(post, action, { etag, slot, changed }), { class: look });
	});
	return { buttons, slot };
}

/**
 * What a button does.
 * @param {API.Post} post
 * @param {API.Action} action
 * @param {{etag?: string, slot: import('./ui.js').Slot, changed: Changed}} o
 * @returns {() => unknown}
 */
function workOf(post, action, { etag, slot, changed }) {
	const name = action.action;
	const done = tell(name, changed);
	/** @type {(body?: unknown) => Promise<unknown>} */
	const work = async (body) => done(await act(action, { body, headers: headersOf(name, etag) }));
	switch (name) {
		case 'resolve':
			return () => resolveDialog(post, work);
		case 'schedule':
			return () => scheduleDialog(post, { title: 'When should it go out?', work });
		case 'duplicate': {
			const intents = new Intents();
			return () => attempt(slot, () => duplicate(action, intents));
		}
	}
	const question = askBefore(post, name);
	if (!question) return () => attempt(slot, () => work());
	return () => confirmDialog(`${name}-dialog`, { ...question, work: () => work() });
}

/**
 * A record is deleted only as it was shown.
 * @param {ActionName} name
 * @param {string} [etag]
 * @returns {Record<string, string>}
 */
const headersOf = (name, etag) => (name === 'delete' && etag ? { 'If-Match': etag } : {});

/** @param {string} at */
const hasPassed = (at) => new Date(at).getTime() <= Date.now();

/**
 * Says that it is done, and what the API notes.
 * @param {ActionName} name
 * @param {Changed} changed
 * @returns {Changed}
 */
const tell = (name, changed) => async (post) => {
	notice([told(name, post), ...(post?.notes ?? [])].join(' '));
	await changed(post);
};

/**
 * Makes a copy, once, and opens it.
 * @param {API.Action} action
 * @param {Intents} intents
 */
async function duplicate(action, intents) {
	const copy = await intents.once('duplicate', null, (headers) => act(action, { headers }));
	notice('This is the copy, a new draft.');
	location.hash = `#/compose/${copy?.id}`;
}

/**
 * Asks for a time.
 * @param {API.Post} post
 * @param {object} o
 * @param {string} o.title
 * @param {(time: {at: string, zone: string}) => Promise<unknown>} o.work
 */
export function scheduleDialog(post, { title, work }) {
	const own = post.zone || localZone();
	const at = post.scheduled_at && !hasPassed(post.scheduled_at) ? wallOf(post.scheduled_at, own) : '';
	const fields = when('schedule', { at, zone: '' }, () => own);
	openDialog('schedule-dialog', title, (close) =>
		form(
			{
				id: 'schedule-form',
				submit: ['schedule-dialog-yes', 'Schedule', 'primary'],
				more: button('schedule-dialog-no', 'Not now', close),
				work: async () => {
					const time = fields.check();
					if (!time) return undefined; // the field says what is missing
					await work(time);
					return close();
				},
			},
			h('div.dialog-text', h('p', { dir: 'auto' }, post.title)),
			fields.node,
		),
	);
}

/**
 * Asks whether a tweet is on X.
 * @param {API.Post} post
 * @param {(body: unknown) => Promise<unknown>} say
 */
function resolveDialog(post, say) {
	const position = post.platform_post_ids.length + 1;
	const text = post.tweets?.find((t) => t.status === 'attempting')?.text;
	openDialog('resolve-dialog', `Is tweet ${position} on X?`, (close) => {
		const slot = problemSlot('resolve-problem');
		const link = h('input', { id: 'resolve-link', autocomplete: 'off', placeholder: 'https://x.com/you/status/123…' });
		const certain = box({ id: 'resolve-certain' });
		/** @type {(body: object) => Promise<void>} */
		const answer = async (body) => {
			await say({ thread_position: position, ...body });
			close();
		};
		const found = () => {
			const id = tweetID(link.value);
			if (!id)
				throw new Problem({
					code: 'page',
					field: 'link',
					detail: 'Copy the tweet’s address from X. It ends in /status/ and digits.',
				});
			return answer({ outcome: 'published', platform_post_id: id, ...(certain.checked && { certain: true }) });
		};
		const absent = () => attempt(slot, () => answer({ outcome: 'absent' }));
		return form(
			{
				id: 'resolve-form',
				submit: ['resolve-dialog-yes', 'It is on X, at this address', 'primary'],
				work: found,
				controls: { link, platform_post_id: link },
				more: [button('resolve-absent', 'It is not on X', absent), button('resolve-dialog-no', 'Not now', close)],
			},
			h(
				'p',
				'X’s answer to this tweet was lost, and Spool could not find out what became of it. ' +
					'Open the account on X and look for it:',
			),
			text && h('blockquote.doubt', text),
			field(link, 'If it is there, its address'),
			check(certain, 'Take my word for it, even if X shows another text or cannot be reached'),
			slot.node,
		);
	});
}
