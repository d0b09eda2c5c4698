// The queue: what stopped and what to do about it, what is to come, what was.

import { h, fill, keepFocus } from '../lib/dom.js';
import { listAccounts } from '../lib/api.js';
import { empty } from '../lib/ui.js';
import { count, statusWord, subWord, tone } from '../lib/words.js';
import { localZone, relative, showFull } from '../lib/time.js';
import { watch } from '../lib/poll.js';
import { listPosts, postActions } from '../lib/posts.js';
import { pauseBoxes, waits, wayOut } from '../lib/pauses.js';
import { search } from './search.js';
import { reason } from './post.js';

/** How many posts a section shows at most. */
const most = 50;

/** @type {import('../app.js').View} */
export async function show(main, { heading, signal }) {
	const trouble = h('div', { id: 'queue-trouble' });
	const pauses = h('div', { id: 'queue-pauses' });
	const body = h('div', { id: 'queue' });
	let known = '',
		accounts = { accounts: [] };
	const found = search((p) => row(p, accounts.accounts, refresh, false, 'found-'), signal);
	main.append(
		heading('Queue', h('a.button.primary', { href: '#/compose', id: 'queue-write' }, 'Write a thread')),
		found,
		trouble,
		pauses,
		body,
	);
	const refresh = async () => {
		const lists = {};
		[accounts, lists.busy, lists.coming, lists.drafts, lists.past] = await Promise.all([
			listAccounts(signal),
			listPosts({ status: 'failed,missed,publishing,deleting' }, signal),
			listPosts({ status: 'scheduled', order: 'earliest', limit: `${most}` }, signal, most),
			listPosts({ status: 'draft', limit: `${most}` }, signal, most),
			listPosts({ status: 'published,cancelled,deleted', limit: '20' }, signal, 20),
		]);
		const now = JSON.stringify([accounts, lists]);
		if (now === known && lists.coming.posts.length === 0) return pause(lists.busy.posts);
		if (now !== known || !body.contains(document.activeElement)) keepFocus(() => draw(lists));
		known = now;
		return pause(lists.busy.posts);
	};
	const draw = (lists) => {
		fill(pauses, pauseBoxes(accounts, refresh));
		fill(body, sections(lists, accounts.accounts, refresh));
	};
	await refresh();
	watch(refresh, trouble, signal);
}

/** How soon something may have changed, in milliseconds. */
const pause = (posts) => (posts.some((p) => ['publishing', 'deleting'].includes(p.status)) ? 1500 : 10e3);

function sections({ busy, coming, drafts, past }, accounts, refresh) {
	const of = (...statuses) => busy.posts.filter((p) => statuses.includes(p.status));
	const byTime = (posts) =>
		[...posts].sort(
			(a, b) => new Date(a.next_at ?? a.scheduled_at).getTime() - new Date(b.next_at ?? b.scheduled_at).getTime(),
		);
	const failures = of('failed', 'missed');
	const going = of('publishing', 'deleting');
	const waiting = byTime(going.filter(waits));
	const upcoming = [...going.filter((p) => !waits(p)), ...coming.posts];
	const all = [busy, coming, drafts, past];
	if (all.every((list) => list.posts.length === 0)) {
		return empty(
			'Nothing is planned yet.',
			h('p', 'Write a thread, give it a time, and it waits here until it goes out.'),
			h('p', h('a.button', { href: '#/compose', id: 'queue-first' }, 'Write the first one')),
		);
	}
	const part = (id, title, posts, none, full = false, more = false) =>
		(posts.length || none) &&
		h(
			'section',
			{ id, 'aria-labelledby': `${id}-title` },
			h('h2', { id: `${id}-title` }, title, posts.length > 0 && h('span.number', `${posts.length}${more ? '+' : ''}`)),
			posts.length
				? h(
						'ul.rows',
						posts.map((p) => row(p, accounts, refresh, full)),
					)
				: h('p.quiet', none),
		);
	return [
		part('queue-failures', 'Stopped: needs you', failures, '', true, busy.more),
		part('queue-waiting', 'Waiting', waiting, '', true),
		part('queue-upcoming', 'Coming up', upcoming, 'Nothing is scheduled.', false, coming.more),
		part('queue-drafts', 'Drafts', drafts.posts, '', false, drafts.more),
		part('queue-recent', 'Lately', past.posts.slice(0, 20), 'Nothing has been published yet.'),
		all.some((list) => list.more) &&
			h(
				'p.hint',
				'There are more posts than are shown here: the calendar has them by their day, and the search finds them by their words.',
			),
	];
}

/** One post. A failure says why, and has what can be done. What is found may stand in the queue, too: there it has other ids. */
function row(post, accounts, refresh, full, prefix = '') {
	const account = accounts.find((a) => a.id === post.account_id);
	const zone = post.zone || account?.zone || localZone();
	const at = post.status === 'published' ? (post.scheduled_at ?? post.updated_at) : post.scheduled_at;
	const actions =
		full &&
		postActions(post, {
			only: ['retry', 'resolve', 'publish', 'edit'],
			suffix: (a) => `${a}-${post.id}`,
			changed: refresh,
		});
	return h(
		'li.row',
		{ id: `${prefix}post-${post.id}`, 'data-status': post.status },
		h(
			'div.row-main',
			h('a.row-title', { href: `#/post/${post.id}`, id: `${prefix}open-${post.id}`, dir: 'auto' }, post.title),
			h(
				'p.quiet.row-about',
				[
					accounts.length > 1 && account && `@${account.username}`,
					count(post.tweet_count, 'tweet'),
					at && [h('time', { datetime: at }, showFull(at, zone)), ` ${zone}`],
					post.status === 'scheduled' && relative(post.scheduled_at, Date.now()),
					['publishing', 'failed', 'deleting'].includes(post.status) && `${post.platform_post_ids.length} on X`,
				]
					.filter(Boolean)
					.flatMap((p, i) => (i ? [' · ', p] : [p])),
			),
			post.status === 'publishing' && !waits(post) && h('p.row-sub', subWord(post.sub_status)),
			full && post.fail_reason && reason(post.fail_reason, waits(post)),
			!prefix && wayOut(post),
			full &&
				!post.fail_reason &&
				h(
					'p',
					post.status === 'missed'
						? 'Its time passed by more than it may be late, so Spool did not post it.'
						: subWord(post.sub_status),
				),
			actions && [actions.slot.node, h('div.actions', actions.buttons)],
		),
		h('span', { class: `chip ${waits(post) ? 'soon' : tone(post.status)}` }, statusWord(post.status, post.sub_status)),
	);
}
