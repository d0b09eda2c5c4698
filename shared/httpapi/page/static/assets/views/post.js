// One post: how far it is, tweet by tweet, what can be done, and what happened.

import { h, fill, keepFocus } from '../lib/dom.js';
import { post as send, request, listAccounts } from '../lib/api.js';
import { count, size, statusWord, subWord, tone, todoOf, tweetURL } from '../lib/words.js';
import { localZone, relative, showFull, showSecond } from '../lib/time.js';
import { watch } from '../lib/poll.js';
import { postActions } from '../lib/posts.js';
import { card } from '../compose/card.js';

const busyStates = new Set(['publishing', 'deleting']);

/** @type {import('../app.js').View} */
export async function show(main, { args: [id], heading, signal }) {
	const head = h('div');
	const side = h('section.post-side', { 'aria-label': 'How it stands' });
	const list = h('ol.thread', { id: 'thread', 'aria-label': 'The tweets' });
	const trouble = h('div', { id: 'post-trouble' });
	main.append(head, trouble, h('div.post-view', h('section', { 'aria-label': 'The thread' }, list), side));
	const accounts = (await listAccounts(signal)).accounts;
	let known = '',
		looks = null,
		kept = 5000;

	const draw = (post, etag) => {
		const account = accounts.find((a) => a.id === post.account_id) ?? null;
		main.dataset.status = post.status;
		if (!head.firstChild) head.append(heading(post.title));
		const zone = post.zone || account?.zone || localZone();
		keepFocus(() =>
			fill(
				side,
				standing(post, etag, zone, (changed) => (changed ? refresh() : (location.hash = '#/queue'))),
				history(post, zone),
			),
		);
		fill(
			list,
			post.tweets.map((t, i) => tweetCard(t, i, post, account, zone, looks?.[i])),
		);
	};
	const refresh = async () => {
		const { data, etag } = await request('GET', `/v1/posts/${encodeURIComponent(id)}`, { signal });
		const now = JSON.stringify(data);
		kept = now === known ? Math.min(kept * 1.5, 30e3) : 2000;
		if (now !== known) draw(data, etag);
		known = now;
		return busyStates.has(data.status) ? 1000 : (soon(data) ?? kept);
	};

	await refresh();
	entities(JSON.parse(known), signal)
		.then((found) => {
			looks = found;
			known = '';
			return refresh();
		})
		.catch(() => {});
	watch(refresh, trouble, signal);
	signal.addEventListener('abort', () => delete main.dataset.status);
}

/** When a scheduled post is about to start, it is looked at just then. */
function soon(post) {
	const until = post.next_at ? new Date(post.next_at).getTime() - Date.now() : Infinity;
	return until < 30e3 ? Math.max(1000, until) : null;
}

/** The links and mentions of the texts; the post shows without them too. */
async function entities(post, signal) {
	const shown = await send(
		'/v1/preview',
		{ account_id: post.account_id, post_id: post.id, tweets: post.tweets.map((t) => ({ text: t.text || ' ' })) },
		{ signal },
	);
	return shown.posts.map((p) => p.entities);
}

const tweetStates = {
	pending: ['still', 'Waiting'],
	attempting: ['live', 'Being sent'],
	published: ['good', 'On X'],
	deleted: ['still', 'Deleted from X'],
};

/** Whether X's answer to the tweet that is being sent was lost. */
const open = (post) =>
	post.status !== 'publishing' || ['reconciling', 'paused', 'rate_limited'].includes(post.sub_status);

function tweetCard(t, i, post, account, zone, found) {
	const [look, word] = tweetStates[t.status] ?? ['still', t.status];
	const waits =
		t.status === 'pending' && ['draft', 'failed', 'cancelled', 'missed'].includes(post.status) ? 'Not sent' : word;
	const foot = [
		h('span', { class: `chip ${look}` }, t.status === 'attempting' && open(post) ? 'Not known yet' : waits),
		t.posted_at && h('time.quiet', { datetime: t.posted_at }, showSecond(t.posted_at, zone)),
		t.status === 'published' &&
			account &&
			h(
				'a',
				{
					id: `tweet-${i + 1}-link`,
					class: 'out',
					href: tweetURL(account.username, t.platform_post_id),
					target: '_blank',
					rel: 'noreferrer',
				},
				'See it on X',
				h('span.sr', ` (tweet ${i + 1})`),
			),
	];
	const node = card(
		{
			position: i + 1,
			total: post.tweets.length,
			post: { ...t, text: t.text ?? '', entities: found ?? [] },
			account,
			findings: [],
			extra: null,
			locked: false,
			thumb: () => undefined,
			foot,
		},
		null,
	);
	node.dataset.status = t.status;
	return node;
}

/** How the post stands, and what can be done. */
function standing(post, etag, zone, changed) {
	const out = post.tweets.filter((t) => t.status === 'published').length;
	const actions = postActions(
		{ ...post, doubt: post.tweets.find((t) => t.status === 'attempting')?.text },
		{ etag, changed },
	);
	const when = post.next_at && post.status !== 'published' ? post.next_at : post.scheduled_at;
	const media = post.media_progress;
	return h(
		'div.panel',
		h(
			'p.post-state',
			h(
				'span',
				{ class: `chip ${tone(post.status)}`, id: 'post-status', 'data-status': post.status, role: 'status' },
				statusWord(post.status),
			),
			post.status === 'scheduled' &&
				post.scheduled_at &&
				h('span', showFull(post.scheduled_at, zone), ` (${zone}), ${relative(post.scheduled_at, Date.now())}`),
		),
		post.status !== 'draft' &&
			h(
				'div.post-progress',
				h('label', { for: 'post-progress' }, `${out} of ${count(post.tweets.length, 'tweet')} on X`),
				h('progress', { id: 'post-progress', max: post.tweets.length, value: out }),
			),
		media &&
			h(
				'div.post-progress',
				h('label', { for: 'post-media' }, `Media: ${size(media.sent_bytes)} of ${size(media.total_bytes)} at X`),
				h('progress', { id: 'post-media', max: media.total_bytes, value: media.sent_bytes }),
			),
		h(
			'p',
			{ id: 'post-sub', 'aria-live': 'polite' },
			subWord(post.sub_status),
			post.sub_status &&
				busyStates.has(post.status) &&
				when &&
				new Date(when) > new Date() &&
				` It goes on ${relative(when, Date.now())}.`,
		),
		post.fail_reason && h('div', { id: 'post-reason' }, reason(post.fail_reason, busyStates.has(post.status))),
		actions.slot.node,
		h('div.actions', actions.buttons),
	);
}

/** Why a post stopped or waits. @param {any} r @param {boolean} [waits] */
export function reason(r, waits = false) {
	return h(
		'div',
		{ class: `problem reason${waits ? ' waits' : ''}` },
		h('p', r.sentence),
		r.todo && h('p.todo', todoOf(r)),
		r.detail &&
			h(
				'details',
				h('summary', 'X’s own words'),
				h('p', h('code', r.detail)),
				r.transaction && h('p.quiet', 'Transaction ', h('code', r.transaction)),
			),
	);
}

/** What happened, in order. */
function history(post, zone) {
	// A post that was to start at once starts when it was made, and not in the second before.
	const start =
		post.scheduled_at &&
		(new Date(post.scheduled_at) < new Date(post.created_at) ? post.created_at : post.scheduled_at);
	const events = [
		[post.created_at, 'Made'],
		[start, 'To start'],
	];
	for (const t of post.tweets) {
		if (t.posted_at) events.push([t.posted_at, `Tweet ${t.thread_position} posted`]);
		else if (t.attempted_at) events.push([t.attempted_at, `Tweet ${t.thread_position} attempted`]);
	}
	events.push([post.updated_at, statusWord(post.status)]);
	const sorted = events.filter(([at]) => at).sort((a, b) => new Date(a[0]).getTime() - new Date(b[0]).getTime());
	return h(
		'div.panel.history',
		h('h2', 'History'),
		h(
			'ol',
			sorted.map(([at, what]) => h('li', h('time', { datetime: at }, showSecond(at, zone)), h('span', what))),
		),
		h(
			'p.hint',
			`Times in ${zone}.`,
			post.run_id && [' Last run ', h('code', post.run_id), '.'],
			' Id ',
			h('code', post.id),
			'.',
		),
	);
}
