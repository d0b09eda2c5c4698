// Finding posts by words.

import { h, fill, button, field } from '../lib/dom.js';
import { call } from '../lib/api.js';
import { form, problemSlot } from '../lib/ui.js';
import { localZone, showFull } from '../lib/time.js';

/**
 * A field for words, and what they find. One request looks through a bounded number
 * of posts: how far it came is said, and a button goes on.
 * @param {(post: API.Post) => HTMLElement} row shows a post
 * @param {AbortSignal} signal
 */
export function search(row, signal) {
	const words = h('input', { id: 'search-words', type: 'search', maxlength: '200', autocomplete: 'off' });
	const list = h('ul.rows');
	const told = h('p.quiet', { id: 'search-told', role: 'status' });
	const more = h('div.actions');
	const slot = problemSlot('search-problem');
	/** @type {(q: string, cursor: string) => Promise<void>} */
	const look = async (q, cursor) => {
		const page = await call('GET /v1/posts', { query: { q, limit: 50, cursor }, signal });
		if (q !== words.value.trim()) return; // other words were given meanwhile
		list.append(...page.posts.map(row));
		const next = page.next_cursor;
		fill(told, outcome(list.children.length, page));
		fill(more, next && button('search-more', 'Search older posts', () => look(q, next).catch(slot.show)));
	};
	const work = async () => {
		const q = words.value.trim();
		fill(list);
		fill(told);
		fill(more);
		if (q) await look(q, '');
	};
	return h(
		'section',
		{ id: 'search', 'aria-label': 'Search' },
		form({ id: 'search-form', submit: ['search-find', 'Search', ''], work }, field(words, 'Search posts'), slot.node),
		told,
		list,
		more,
	);
}

/**
 * What was found until now.
 * @param {number} n
 * @param {API.Answer<'GET /v1/posts'>} page
 */
function outcome(n, { searched_until: until, next_cursor: next }) {
	if (until) return `${n || 'None'} found among the posts created since ${showFull(until, localZone())}.`;
	if (next) return '';
	return n ? `${n} found.` : 'No post contains all of these words.';
}
