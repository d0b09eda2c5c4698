// The ways to save what was written, and their requests.

/**
 * @import {Draft, Edit} from './draft.js'
 * @import {Look} from './preview.js'
 */

import { act, call, Problem, request } from '../lib/api.js';
import { offered } from '../lib/offers.js';
import { forget } from './draft.js';

/** @typedef {'schedule'|'now'|'keep'} Way */

/**
 * How it can be saved.
 * @param {Edit|null} edit null for a new thread
 * @returns {Array<{way: Way, label: string}>} what one most likely wants first
 */
export function ways(edit) {
	if (!edit) {
		return [
			{ way: 'schedule', label: 'Schedule' },
			{ way: 'now', label: 'Publish now' },
			{ way: 'keep', label: 'Save as draft' },
		];
	}
	/** @type {Array<{way: Way, label: string}>} */
	const all = [];
	const scheduled = edit.status === 'scheduled';
	if (!offered(edit, 'edit')) return all;
	if (offered(edit, 'schedule')) all.push({ way: 'schedule', label: scheduled ? 'Save with this time' : 'Schedule' });
	if (offered(edit, 'retry')) all.push({ way: 'now', label: 'Save and resume now' });
	else if (offered(edit, 'publish')) all.push({ way: 'now', label: 'Publish now' });
	if (!scheduled) all.push({ way: 'keep', label: 'Save' });
	return all;
}

/**
 * Saves what was written.
 * @param {Draft} draft
 * @param {import('../lib/api.js').Intents} intents
 * @param {Way} way
 * @param {Look} look
 * @param {{at: string, zone: string}} [time] where it is to be scheduled
 * @returns {Promise<API.Post>}
 */
export async function save(draft, intents, way, look, time) {
	const saved = draft.edit ? await change(draft.edit, way, look, time) : await create(draft, intents, way, look, time);
	forget(draft.edit?.id);
	return saved;
}

/** @type {Record<Way, string>} */
const words = { schedule: 'Scheduled.', now: 'On its way to X.', keep: 'Saved.' };

/**
 * What is said once it is saved.
 * @param {Way} way
 * @param {API.Post} post
 */
export const saved = (way, post) => [words[way], ...(post.notes ?? [])].join(' ');

/**
 * @param {Draft} draft
 * @param {import('../lib/api.js').Intents} intents
 * @param {Way} way
 * @param {Look} look
 * @param {{at: string, zone: string}} [time]
 */
function create(draft, intents, way, look, time) {
	const account = draft.account ? { account_id: draft.account } : {};
	const body = { ...account, tweets: look.tweets, ...time, ...(way === 'keep' && { draft: true }) };
	return intents.once('post', body, (headers) => call('POST /v1/posts', { body, headers }));
}

/**
 * @param {Edit} edit
 * @param {Way} way
 * @param {Look} look
 * @param {{at: string, zone: string}} [time]
 */
async function change(edit, way, look, time) {
	const { data, etag } = await request('PATCH /v1/posts/{id}', {
		path: { id: edit.id },
		body: { tweets: look.tweets, ...time },
		headers: { 'If-Match': edit.etag },
	});
	edit.etag = etag; // so that what follows, or a repetition, is not refused
	if (way !== 'now') return data;
	const action = offered(data, 'retry') ?? offered(data, 'publish');
	const moved = action && (await act(action));
	if (moved) return moved;
	throw new Problem({
		code: 'page',
		detail: 'It is saved, but it cannot be published now.',
		todo: 'Go back to the post to see how it stands.',
	});
}
