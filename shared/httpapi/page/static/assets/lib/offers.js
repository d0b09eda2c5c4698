// What may be done with a post, as buttons say it. What is offered the API decides. Pure.

import { count, money } from './words.js';
import { showFull } from './time.js';

/** @typedef {API.Action['action']} ActionName */

/**
 * A button.
 * @typedef {object} Offer
 * @property {API.Action} action and the request that does it
 * @property {string} label
 * @property {'primary'|'danger'|''} look
 */

/**
 * What is asked before it is done.
 * @typedef {{title: string, text: string, yes: string, danger?: boolean}} Ask
 */

/**
 * The action of a name, where it is offered.
 * @param {{actions: API.Action[]}} post
 * @param {ActionName} name
 */
export const offered = (post, name) => post.actions.find((a) => a.action === name);

/**
 * The buttons of a post.
 * @param {API.Post} post
 * @param {ActionName[]} [only] these of them
 * @returns {Offer[]}
 */
export function offers(post, only) {
	const shown = post.actions.filter((a) => !only || only.includes(a.action));
	return shown.map((action) => ({ action, label: labels[action.action](post), look: lookOf(action.action) }));
}

/** @type {Record<ActionName, (post: API.Post) => string>} */
const labels = {
	resolve: () => 'Say whether it is on X',
	retry: (post) => {
		if (post.withdrawn) return 'Resume deleting';
		return post.platform_post_ids.length ? `Resume at tweet ${post.platform_post_ids.length + 1}` : 'Try again';
	},
	restore: () => 'Undo the cancellation',
	publish: () => 'Publish now',
	schedule: (post) => (post.status === 'scheduled' ? 'Change the time' : 'Schedule'),
	edit: () => 'Edit',
	cancel: () => 'Cancel',
	duplicate: () => 'Duplicate',
	unpublish: () => 'Delete from X',
	delete: () => 'Delete the record',
};

/** @param {ActionName} name */
function lookOf(name) {
	if (name === 'resolve' || name === 'retry' || name === 'restore') return 'primary';
	return name === 'unpublish' || name === 'delete' ? 'danger' : '';
}

/**
 * How many tweets of a post are still to come, in words.
 * @param {API.Post} post
 */
const left = (post) => count(post.tweet_count - post.platform_post_ids.length, 'tweet');

/**
 * What is asked before something is done; nothing where it can be undone.
 * @param {API.Post} post
 * @param {ActionName} name
 * @returns {Ask|undefined}
 */
export function askBefore(post, name) {
	switch (name) {
		case 'publish':
			return { title: 'Publish now?', text: `${left(post)} will go out at once.`, yes: 'Publish' };
		case 'cancel':
			return {
				title: 'Cancel this post?',
				text: 'Nothing more of it goes out. Tweets that are already on X stay there. You can undo this later.',
				yes: 'Cancel the post',
				danger: true,
			};
		case 'unpublish': {
			const price = post.delete_price ? ` X charges up to ${money(post.delete_price)} for it.` : '';
			return {
				title: 'Delete this thread from X?',
				text:
					`${count(post.platform_post_ids.length, 'tweet')} will be deleted from X, the last one first. ` +
					`Their likes and replies are lost.${price} This cannot be undone.`,
				yes: 'Delete from X',
				danger: true,
			};
		}
		case 'delete':
			return {
				title: 'Delete Spool’s record?',
				text: 'Spool forgets the post and its text. Tweets that are on X stay there. This cannot be undone.',
				yes: 'Delete the record',
				danger: true,
			};
		default:
			return undefined;
	}
}

/**
 * What is said once it is done.
 * @param {ActionName} name
 * @param {API.Post|null} post as it is now; null where it is gone
 */
export function told(name, post) {
	switch (name) {
		case 'resolve':
			return 'Thank you. The record is up to date.';
		case 'retry':
			return 'Spool carries on where it stopped.';
		case 'restore':
			return post?.scheduled_at ? `It is scheduled again, for ${timeOf(post)}.` : 'It is a draft again.';
		case 'publish':
			return 'On its way to X.';
		case 'schedule':
			return post ? `“${post.title}” now goes out ${timeOf(post)}.` : '';
		case 'cancel':
			return 'The post is cancelled.';
		case 'unpublish':
			return 'The tweets are being deleted from X.';
		case 'delete':
			return 'The record is deleted.';
		default:
			return '';
	}
}

/**
 * When a post starts, in its own zone.
 * @param {API.Post} post
 */
function timeOf({ scheduled_at, zone = 'UTC' }) {
	return scheduled_at ? `${showFull(scheduled_at, zone)} (${zone})` : '';
}
