// Finding posts by words.

import { h, fill, button, field } from '../lib/dom.js';
import { get } from '../lib/api.js';
import { form, problemSlot } from '../lib/ui.js';
import { localZone, showFull } from '../lib/time.js';

/**
 * A field for words, and what they find. One request looks through a bounded number
 * of posts: how far it came is said, and a button goes on.
 * @param {(post: any) => HTMLElement} row shows a post
 * @param {AbortSignal} signal
 */
export function search(row, signal) {
	const words = h('input', { id: 'search-words', type: 'search', maxlength: '200', autocomplete: 'off' });
	const list = h('ul.rows');
	const told = h('p.quiet', { id: 'search-told', role: 'status' });
	const more = h('div.actions');
	const slot = problemSlot('search-problem');
	const look = async (q, cursor) => {
		const page = await get(`/v1/posts?${new URLSearchParams({ q, limit: '50', ...(cursor && { cursor }) })}`, signal);
		if (q !== words.value.trim()) return; // other words were given meanwhile
		list.append(...page.posts.map(row));
		const next = page.next_cursor;
		const n = list.children.length;
		fill(
			told,
			page.searched_until
				? `Looked through what was made since ${showFull(page.searched_until, localZone())}: ${n || 'none'} found.`
				: next
					? ''
					: n
						? `${n} found.`
						: 'No post has all of these words.',
		);
		fill(more, next && button('search-more', 'Look further', () => look(q, next).catch((e) => slot.show(e))));
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
		{ id: 'search', 'aria-label': 'Find posts' },
		form(
			{ id: 'search-form', submit: ['search-find', 'Find', ''], work },
			field(words, 'Find posts by words'),
			slot.node,
		),
		told,
		list,
		more,
	);
}
