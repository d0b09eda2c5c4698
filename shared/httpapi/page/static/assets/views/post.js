// One post: how far it is, tweet by tweet, what can be done, and what happened.

import { h, fill, keepFocus } from '../lib/dom.js';
import { call, request, listAccounts } from '../lib/api.js';
import { count, size, tone, tweetURL } from '../lib/words.js';
import { localZone, relative, showFull, showSecond } from '../lib/time.js';
import { watch } from '../lib/poll.js';
import { postActions } from '../lib/actions.js';
import { remedy } from '../lib/pauses.js';
import { card } from '../compose/card.js';

/** @typedef {API.PreviewTweet['entities']} Entities */

/** @type {import('../app.js').View} */
export async function show(main, { args: [id], heading, signal }) {
	const head = h('div');
	const side = h('section.post-side', { 'aria-label': 'Status' });
	const list = h('ol.thread', { id: 'thread', 'aria-label': 'The tweets' });
	const trouble = h('div', { id: 'post-trouble' });
	main.append(head, trouble, h('div.post-view', h('section', { 'aria-label': 'The thread' }, list), side));
	const { accounts } = await listAccounts(signal);
	/** @type {Entities[]} */
	let looks = [];
	let known = '';
	let kept = 5000;

	/** @type {(post: API.Post) => void} */
	const drawTweets = (post) => {
		const account = accounts.find((a) => a.id === post.account_id) ?? null;
		const zone = zoneOf(post, account);
		const cards = (post.tweets ?? []).map((t, i) => tweetCard(t, { post, account, zone, entities: looks[i] ?? null }));
		fill(list, cards);
	};
	/** @type {(post: API.Post, etag: string) => void} */
	const draw = (post, etag) => {
		const account = accounts.find((a) => a.id === post.account_id) ?? null;
		main.dataset.status = post.status;
		if (!head.firstChild) head.append(heading(post.title));
		const zone = zoneOf(post, account);
		const changed = (/** @type {API.Post|null} */ p) => (p ? refresh() : (location.hash = '#/queue'));
		keepFocus(() => fill(side, standing(post, { etag, zone, changed }), history(post, zone)));
		drawTweets(post);
	};
	const refresh = async () => {
		const { data, etag } = await request('GET /v1/posts/{id}', { path: { id }, signal });
		const now = JSON.stringify(data);
		kept = now === known ? Math.min(kept * 1.5, 30e3) : 2000;
		if (now !== known) draw(data, etag);
		known = now;
		return isBusy(data) ? 1000 : (soon(data) ?? kept);
	};

	await refresh();
	entitiesOf(JSON.parse(known), signal)
		.then((found) => {
			looks = found;
			drawTweets(JSON.parse(known)); // and nothing else: somebody may be about to press a button
		})
		.catch(() => {});
	watch(refresh, trouble, signal);
	signal.addEventListener('abort', () => delete main.dataset.status);
}

/**
 * @param {API.Post} post
 * @param {API.Account|null} account
 */
const zoneOf = (post, account) => post.zone || account?.zone || localZone();

/**
 * Whether something goes on at this moment.
 * @param {API.Post} post
 */
const isBusy = ({ status }) => status === 'publishing' || status === 'deleting';

/**
 * When a scheduled post is about to start, it is looked at just then.
 * @param {API.Post} post
 */
function soon(post) {
	const until = post.next_at ? new Date(post.next_at).getTime() - Date.now() : Infinity;
	return until < 30e3 ? Math.max(1000, until) : null;
}

/**
 * The links and mentions of the texts; the post shows without them too.
 * @param {API.Post} post
 * @param {AbortSignal} signal
 * @returns {Promise<Entities[]>}
 */
async function entitiesOf(post, signal) {
	const tweets = (post.tweets ?? []).map((t) => ({ text: t.text || ' ' }));
	const body = { account_id: post.account_id, post_id: post.id, tweets };
	return (await call('POST /v1/preview', { body, signal })).tweets.map((p) => p.entities);
}

/** @type {Record<API.Tweet['status'], [look: string, word: string]>} */
const tweetStates = {
	pending: ['still', 'Waiting'],
	attempting: ['live', 'Being sent'],
	published: ['good', 'On X'],
	deleted: ['still', 'Deleted from X'],
};

/**
 * How a tweet stands, in a word: of a thread that does not go out none waits, and of
 * one whose answer was lost nobody knows.
 * @param {API.Tweet} tweet
 * @param {API.Post} post
 */
function wordOf({ status }, post) {
	if (status === 'pending' && !['scheduled', 'publishing'].includes(post.status)) return 'Not sent';
	const lost = ['reconciling', 'paused', 'rate_limited'].includes(post.sub_status ?? '');
	if (status === 'attempting' && (post.status !== 'publishing' || lost)) return 'Not known yet';
	return tweetStates[status][1];
}

/**
 * @param {API.Tweet} t
 * @param {{post: API.Post, account: API.Account|null, zone: string, entities: Entities}} o
 */
function tweetCard(t, { post, account, zone, entities }) {
	const position = t.thread_position;
	const href = account && t.platform_post_id && tweetURL(account.username, t.platform_post_id);
	const foot = [
		h('span', { class: `chip ${tweetStates[t.status][0]}` }, wordOf(t, post)),
		t.posted_at && h('time.quiet', { datetime: t.posted_at }, showSecond(t.posted_at, zone)),
		t.status === 'published' &&
			href &&
			h(
				'a.out',
				{ id: `tweet-${position}-link`, href, target: '_blank', rel: 'noreferrer' },
				'View on X',
				h('span.sr', ` (tweet ${position})`),
			),
	];
	const node = card(
		{
			position,
			total: post.tweet_count,
			tweet: { ...t, text: t.text ?? '', entities },
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

/**
 * A line with a bar.
 * @param {string} id
 * @param {string} text
 * @param {number} value
 * @param {number} max
 */
const progress = (id, text, value, max) =>
	h('div.post-progress', h('label', { for: id }, text), h('progress', { id, max, value }));

/**
 * How the post stands, and what can be done.
 * @param {API.Post} post
 * @param {{etag: string, zone: string, changed: (post: API.Post|null) => unknown}} o
 */
function standing(post, { etag, zone, changed }) {
	const out = (post.tweets ?? []).filter((t) => t.status === 'published').length;
	const { buttons, slot } = postActions(post, { etag, changed });
	const { scheduled_at: at, media_progress: media, fail_reason: why } = post;
	const next = isBusy(post) && post.next_at && new Date(post.next_at) > new Date() ? post.next_at : undefined;
	return h(
		'div.panel',
		h(
			'p.post-state',
			h(
				'span',
				{ class: `chip ${tone(post)}`, id: 'post-status', 'data-status': post.status, role: 'status' },
				post.label,
			),
			post.status === 'scheduled' && at && h('span', `${showFull(at, zone)} (${zone}), ${relative(at, Date.now())}`),
		),
		post.status !== 'draft' &&
			progress('post-progress', `${out} of ${count(post.tweet_count, 'tweet')} on X`, out, post.tweet_count),
		media &&
			progress(
				'post-media',
				`Media: ${size(media.sent_bytes)} of ${size(media.total_bytes)} uploaded to X`,
				media.sent_bytes,
				media.total_bytes,
			),
		h(
			'p',
			{ id: 'post-sub', 'aria-live': 'polite' },
			(!why || post.sub_status) && post.summary,
			next && ` ${post.needs_you ? 'Spool tries again' : 'It continues'} ${relative(next, Date.now())}.`,
		),
		why &&
			h(
				'div',
				{ id: 'post-reason' },
				reason(post, why, () => changed(post)),
			),
		slot.node,
		h('div.actions', buttons),
	);
}

/**
 * Why a post stopped or waits, and what helps beyond the post itself.
 * @param {API.Post} post
 * @param {API.Reason} why
 * @param {() => unknown} [resumed] is called when a pause was ended here; without it that is not offered
 */
export function reason(post, why, resumed) {
	const way = post.needs_you && remedy(why, { id: `way-${post.id}`, account: post.account_id, resumed });
	return h(
		'div',
		{ class: `problem reason${post.needs_you ? '' : ' waits'}` },
		h('p', why.sentence),
		why.todo && h('p.todo', why.todo),
		way && h('div.actions', way),
		why.detail &&
			h(
				'details',
				h('summary', 'What X said'),
				h('p', h('code', why.detail)),
				why.transaction && h('p.quiet', 'Transaction ', h('code', why.transaction)),
			),
	);
}

/**
 * What happened, in order.
 * @param {API.Post} post
 * @param {string} zone
 */
function history(post, zone) {
	/** @type {Array<[at: string, what: string]>} */
	const events = [[post.created_at, 'Created']];
	// A post that was to start at once starts when it was made, and not in the second before.
	const start = post.scheduled_at;
	if (start) events.push([new Date(start) < new Date(post.created_at) ? post.created_at : start, 'Scheduled start']);
	for (const t of post.tweets ?? []) {
		if (t.posted_at) events.push([t.posted_at, `Tweet ${t.thread_position} published`]);
		else if (t.attempted_at) events.push([t.attempted_at, `Tweet ${t.thread_position} attempted`]);
	}
	events.push([post.updated_at, post.label]);
	events.sort((a, b) => new Date(a[0]).getTime() - new Date(b[0]).getTime());
	const rows = events.map(([at, what]) => h('li', h('time', { datetime: at }, showSecond(at, zone)), h('span', what)));
	const run = post.run_id && [' Last run ', h('code', post.run_id), '.'];
	return h(
		'div.panel.history',
		h('h2', 'History'),
		h('ol', rows),
		h('p.hint', `Times in ${zone}.`, run, ' ID ', h('code', post.id), '.'),
	);
}
