// What the tests are made of: records as the API gives them, and an API that answers what it is told to.

/** @import {Medium} from '../static/assets/compose/anchors.js' */

/**
 * A tweet of a record.
 * @param {number} thread_position
 * @param {Partial<API.Tweet>} [more]
 * @returns {API.Tweet}
 */
export const tweet = (thread_position, more) => ({
	thread_position,
	text: `Tweet ${thread_position}.`,
	status: 'pending',
	...more,
});

/**
 * A post that offers some actions.
 * @param {Array<API.Action['action']>} offered
 * @param {Partial<API.Post>} [more]
 * @returns {API.Post}
 */
export function post(offered, more) {
	const tweets = more?.tweets ?? [tweet(1), tweet(2), tweet(3)];
	return {
		id: '7K2QAB',
		account_id: '1',
		title: 'Tweet 1.',
		status: 'scheduled',
		label: 'Scheduled',
		summary: 'It waits for its time.',
		needs_you: false,
		actions: offered.map((action) => ({ action, method: 'POST', path: `/v1/posts/7K2QAB/${action}` })),
		created_at: '2026-11-01T08:00:00Z',
		updated_at: '2026-11-01T08:00:00Z',
		platform_post_ids: [],
		tweet_count: tweets.length,
		tweets,
		...more,
	};
}

/**
 * A file of a tweet that is being written.
 * @param {string} id
 * @param {Partial<Medium>} [more]
 * @returns {Medium}
 */
export const medium = (id, more) => ({ id, name: '', kind: 'image', bytes: 1, alt: '', state: 'ready', ...more });

/**
 * What the API answers to one request, or the network instead of it.
 * @typedef {{status?: number, body?: unknown, etag?: string}|Error} Reply
 *
 * @typedef {object} Sent a request that it got
 * @property {string} route such as GET /v1/posts
 * @property {Record<string, string>} headers
 * @property {any} body
 */

/**
 * Answers the page's requests one by one until the test is over.
 * @param {import('node:test').TestContext} t
 * @param {...Reply} replies
 * @returns {Sent[]} the requests, as they come
 */
export function answer(t, ...replies) {
	/** @type {Sent[]} */
	const sent = [];
	t.mock.method(globalThis, 'fetch', async (/** @type {string} */ path, /** @type {RequestInit} */ init) => {
		init.signal?.throwIfAborted();
		const headers = /** @type {Record<string, string>} */ (init.headers);
		const body = init.body ? JSON.parse(String(init.body)) : undefined;
		sent.push({ route: `${init.method} ${path}`, headers, body });
		const reply = replies.shift();
		if (!reply) throw new Error(`nobody expected ${init.method} ${path}`);
		if (reply instanceof Error) throw reply;
		const { status = 200, etag } = reply;
		const text = reply.body === undefined ? null : JSON.stringify(reply.body);
		return new Response(text, { status, headers: etag ? { ETag: etag } : {} });
	});
	return sent;
}

/**
 * The browser's session storage, of which Node.js has none.
 * @param {import('node:test').TestContext} t
 * @returns {Map<string, string>} what is in it
 */
export function storage(t) {
	/** @type {Map<string, string>} */
	const items = new Map();
	const fake = {
		getItem: (/** @type {string} */ key) => items.get(key) ?? null,
		setItem: (/** @type {string} */ key, /** @type {string} */ value) => items.set(key, value),
		removeItem: (/** @type {string} */ key) => items.delete(key),
	};
	Object.defineProperty(globalThis, 'sessionStorage', { value: fake, configurable: true });
	t.after(() => Reflect.deleteProperty(globalThis, 'sessionStorage'));
	return items;
}
