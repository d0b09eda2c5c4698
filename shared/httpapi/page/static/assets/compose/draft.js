// What is being written, and how it outlives a reload.

import { extraOf } from './anchors.js';
import { wallOf } from '../lib/time.js';

/**
 * @typedef {object} Draft
 * @property {string} account id; empty while none is chosen
 * @property {string} text to be split
 * @property {string[]|null} texts in its place: of a thread that no splitting would give, tweet by tweet
 * @property {import('./anchors.js').Extra[]} extras anchored in text, or by their tweet's index in texts
 * @property {string} numbering such as 1/n
 * @property {boolean} first the number stands before the text
 * @property {boolean} oneEach
 * @property {string} at wall time
 * @property {string} zone of at; empty: the account's
 * @property {null|{id: string, etag: string, status: string, at: string, zone: string, locked: any[]}} edit the post that is edited; locked are its tweets that are out
 */

/** @returns {Draft} */
export const newDraft = () => ({
	account: '',
	text: '',
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

/**
 * A post as it is to be edited. Tweets that are out stay as they are.
 * @param {any} post as the API shows it
 * @param {string} etag
 * @returns {Draft}
 */
export function draftOf(post, etag) {
	const d = newDraft();
	const open = post.tweets.filter((t) => t.status !== 'published');
	d.account = post.account_id;
	d.zone = post.zone ?? '';
	d.at =
		post.scheduled_at && ['scheduled', 'missed', 'cancelled'].includes(post.status)
			? wallOf(post.scheduled_at, d.zone || 'UTC')
			: '';
	for (const t of open) {
		if (t !== open[0]) d.text += join;
		d.extras.push(extraOf(t, d.text.length));
		d.text += t.text ?? '';
	}
	d.edit = {
		id: post.id,
		etag,
		status: post.status,
		at: d.at,
		zone: d.zone,
		locked: post.tweets.filter((t) => t.status === 'published'),
	};
	return d;
}

/** The same, tweet by tweet. @param {Draft} d @param {any} post @returns {Draft} */
export function tweetByTweet(d, post) {
	const open = post.tweets.filter((t) => t.status !== 'published');
	return { ...d, text: '', texts: open.map((t) => t.text ?? ''), extras: open.map((t, i) => extraOf(t, i)) };
}

const place = (id) => `spool.compose.${id || 'new'}`;

/** @param {string} [id] of the post that is edited @returns {Draft|null} */
export function stored(id) {
	try {
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
