// Reading lists of posts.

import { call } from './api.js';

/**
 * Reads posts, page after page.
 * @param {NonNullable<API.Input<'GET /v1/posts'>['query']>} query
 * @param {AbortSignal} signal
 * @param {number} [most] how many suffice
 * @returns {Promise<{posts: API.Post[], more: boolean}>}
 */
export async function listPosts(query, signal, most = 300) {
	const posts = [];
	for (let cursor = ''; ;) {
		const page = await call('GET /v1/posts', { query: { limit: 100, ...query, cursor }, signal });
		posts.push(...page.posts);
		cursor = page.next_cursor ?? '';
		if (!cursor || posts.length >= most) return { posts, more: cursor !== '' };
	}
}
