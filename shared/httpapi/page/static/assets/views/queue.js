// The queue: what stopped and what to do about it, what is to come, what was.

import { h, fill, keepFocus } from '../lib/dom.js';
import { get } from '../lib/api.js';
import { empty } from '../lib/ui.js';
import { count, statusWord, subWord, tone } from '../lib/words.js';
import { localZone, relative, showFull } from '../lib/time.js';
import { watch } from '../lib/poll.js';
import { listPosts, postActions } from '../lib/posts.js';
import { pauseBoxes, waits, wayOut } from '../lib/pauses.js';
import { reason } from './post.js';

/** @type {import('../app.js').View} */
export async function show(main, { heading, signal }) {
	const trouble = h('div', { id: 'queue-trouble' });
	const pauses = h('div', { id: 'queue-pauses' });
	const body = h('div', { id: 'queue' });
	main.append(heading('Queue', h('a.button.primary', { href: '#/compose', id: 'queue-write' }, 'Write a thread')), trouble, pauses, body);
	let known = '';
	const refresh = async () => {
		const [accounts, open, past] = await Promise.all([
			get('/v1/accounts', signal),
			listPosts({ status: 'failed,missed,draft,scheduled,publishing,deleting' }, signal),
			listPosts({ status: 'published,cancelled,deleted', limit: '20' }, signal, 20),
		]);
		const now = JSON.stringify([accounts, open, past]);
		if (now === known && !open.posts.some((p) => p.status === 'scheduled')) return pause(open.posts);
		if (now !== known || !body.contains(document.activeElement)) keepFocus(() => draw(accounts, open, past));
		known = now;
		return pause(open.posts);
	};
	const draw = (list, open, past) => {
		fill(pauses, pauseBoxes(list, refresh));
		fill(body, sections(open, past, list.accounts, refresh));
	};
	await refresh();
	watch(refresh, trouble, signal);
}

/** How soon something may have changed, in milliseconds. */
const pause = (posts) => (posts.some((p) => ['publishing', 'deleting'].includes(p.status)) ? 1500 : 10e3);

function sections(open, past, accounts, refresh) {
	const of = (...statuses) => open.posts.filter((p) => statuses.includes(p.status));
	const byTime = (posts) => [...posts].sort((a, b) => new Date(a.next_at ?? a.scheduled_at).getTime() - new Date(b.next_at ?? b.scheduled_at).getTime());
	const failures = of('failed', 'missed');
	const going = of('publishing', 'deleting');
	const waiting = byTime(going.filter(waits));
	const upcoming = [...going.filter((p) => !waits(p)), ...byTime(of('scheduled'))];
	const drafts = of('draft');
	if (open.posts.length + past.posts.length === 0) {
		return empty('Nothing is planned yet.', h('p', 'Write a thread, give it a time, and it waits here until it goes out.'), h('p', h('a.button', { href: '#/compose', id: 'queue-first' }, 'Write the first one')));
	}
	const part = (id, title, posts, none, full = false) => (posts.length || none) && h('section', { id, 'aria-labelledby': `${id}-title` },
		h('h2', { id: `${id}-title` }, title, posts.length > 0 && h('span.number', posts.length)),
		posts.length ? h('ul.rows', posts.map((p) => row(p, accounts, refresh, full))) : h('p.quiet', none));
	return [
		part('queue-failures', 'Stopped: needs you', failures, '', true),
		part('queue-waiting', 'Waiting', waiting, '', true),
		part('queue-upcoming', 'Coming up', upcoming, 'Nothing is scheduled.'),
		part('queue-drafts', 'Drafts', drafts, ''),
		part('queue-recent', 'Lately', past.posts.slice(0, 20), 'Nothing has been published yet.'),
		(open.more || past.more) && h('p.hint', 'Older posts are not shown here; the calendar has them by their day.'),
	];
}

/** One post. A failure says why, and has what can be done. */
function row(post, accounts, refresh, full) {
	const account = accounts.find((a) => a.id === post.account_id);
	const zone = post.zone || account?.zone || localZone();
	const at = post.status === 'published' ? post.scheduled_at ?? post.updated_at : post.scheduled_at;
	const actions = full && postActions(post, { only: ['retry', 'resolve', 'publish', 'edit'], suffix: (a) => `${a}-${post.id}`, changed: refresh });
	return h('li.row', { id: `post-${post.id}`, 'data-status': post.status },
		h('div.row-main',
			h('a.row-title', { href: `#/post/${post.id}`, id: `open-${post.id}`, dir: 'auto' }, post.title),
			h('p.quiet.row-about', [
				accounts.length > 1 && account && `@${account.username}`,
				count(post.tweet_count, 'tweet'),
				at && [h('time', { datetime: at }, showFull(at, zone)), ` ${zone}`],
				post.status === 'scheduled' && relative(post.scheduled_at, Date.now()),
				['publishing', 'failed', 'deleting'].includes(post.status) && `${post.platform_post_ids.length} on X`,
			].filter(Boolean).flatMap((p, i) => (i ? [' · ', p] : [p]))),
			post.status === 'publishing' && !waits(post) && h('p.row-sub', subWord(post.sub_status)),
			full && post.fail_reason && reason(post.fail_reason, waits(post)),
			wayOut(post),
			full && !post.fail_reason && h('p', post.status === 'missed' ? 'Its time passed by more than it may be late, so Spool did not post it.' : subWord(post.sub_status)),
			actions && [actions.slot.node, h('div.actions', actions.buttons)]),
		h('span', { class: `chip ${waits(post) ? 'soon' : tone(post.status)}` }, statusWord(post.status, post.sub_status)));
}
