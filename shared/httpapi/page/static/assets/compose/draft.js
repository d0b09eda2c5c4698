// What is being written, and how it outlives a reload.

/** @import {Extra} from './anchors.js' */

import { extraOf } from './anchors.js';
import { wallOf } from '../lib/time.js';

/**
 * How the text is written.
 * @typedef {'text'|'markdown'} Format
 *
 * @typedef {object} Draft
 * @property {string} account id; empty while none is chosen
 * @property {string} text to be split
 * @property {Format} format of text
 * @property {string[]|null} texts in its place: of a thread that no splitting would give, tweet by tweet
 * @property {Extra[]} extras anchored in text, or by their tweet's index in texts
 * @property {string} numbering such as 1/n
 * @property {boolean} first the number stands before the text
 * @property {boolean} oneEach
 * @property {string} at wall time
 * @property {string} zone of at; empty: the account's
 * @property {Edit|null} edit the post that is edited
 *
 * @typedef {object} Edit
 * @property {string} id
 * @property {string} etag
 * @property {string} status
 * @property {string} label how it stands, in a word
 * @property {API.Action[]} actions what it offers
 * @property {API.Tweet[]} locked its tweets that are out
 */

/** @returns {Draft} */
export const newDraft = () => ({
	account: '',
	text: '',
	format: 'text',
	texts: null,
	extras: [],
	numbering: '',
	first: false,
	oneEach: false,
	at: '',
	zone: '',
	edit: null,
});

/** The line that always begins a new tweet. */
const join = '\n\n---\n\n';

/** @param {API.Tweet} t */
const isOut = (t) => t.status === 'published';

/**
 * The tweets of a post that are still to come.
 * @param {API.Post} post
 */
export const openTweets = (post) => (post.tweets ?? []).filter((t) => !isOut(t));

/**
 * A post as it is to be edited. Tweets that are out stay as they are.
 * @param {API.Post} post
 * @param {string} etag
 * @returns {Draft}
 */
export function draftOf(post, etag) {
	const { id, status, label, actions, scheduled_at, account_id, zone = '' } = post;
	const timed = actions.some((a) => a.action === 'schedule');
	const d = newDraft();
	d.account = account_id;
	d.zone = zone;
	d.at = scheduled_at && timed ? wallOf(scheduled_at, zone || 'UTC') : '';
	for (const [i, t] of openTweets(post).entries()) {
		if (i > 0) d.text += join;
		d.extras.push(extraOf(t, d.text.length));
		d.text += t.text ?? '';
	}
	d.edit = { id, etag, status, label, actions, locked: (post.tweets ?? []).filter(isOut) };
	return d;
}

/**
 * The same, tweet by tweet.
 * @param {Draft} d
 * @param {API.Post} post
 * @returns {Draft}
 */
export function tweetByTweet(d, post) {
	const open = openTweets(post);
	return { ...d, text: '', texts: open.map((t) => t.text ?? ''), extras: open.map((t, i) => extraOf(t, i)) };
}

/** @param {string} [id] */
const place = (id) => `spool.compose.${id || 'new'}`;

/**
 * What was left here. Files whose upload the reload broke off are gone.
 * @param {string} [id] of the post that is edited
 * @returns {Draft|null}
 */
export function stored(id) {
	try {
		/** @type {Draft|null} */
		const d = JSON.parse(sessionStorage.getItem(place(id)) ?? 'null');
		if (d) for (const e of d.extras) e.media = e.media.filter((m) => m.state === 'ready');
		return d && { ...newDraft(), ...d };
	} catch {
		return null;
	}
}

/** @param {Draft} d */
export function store(d) {
	sessionStorage.setItem(place(d.edit?.id), JSON.stringify(d));
}

/** @param {string} [id] */
export function forget(id) {
	sessionStorage.removeItem(place(id));
}
