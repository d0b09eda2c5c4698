// The queue: what needs somebody and what to do about it, what is to come, what was.

/** @import {Child} from '../lib/dom.js' */

import { h, button, fill, keepFocus } from '../lib/dom.js';
import { listAccounts } from '../lib/api.js';
import { empty } from '../lib/ui.js';
import { count, tone } from '../lib/words.js';
import { localZone, relative, showFull } from '../lib/time.js';
import { watch } from '../lib/poll.js';
import { listPosts } from '../lib/posts.js';
import { postActions } from '../lib/actions.js';
import { pauseBox, pausesOf } from '../lib/pauses.js';
import { search } from './search.js';
import { reason } from './post.js';

/** How many posts a section shows at first, or more when that is asked for. */
const most = 50;

/**
 * @typedef {Awaited<ReturnType<typeof listPosts>>} List
 * @typedef {Record<'needy'|'going'|'coming'|'drafts'|'past', List>} Lists
 */

/** @type {import('../app.js').View} */
export async function show(main, { heading, signal }) {
	const trouble = h('div', { id: 'queue-trouble' });
	const pauses = h('div', { id: 'queue-pauses' });
	const body = h('div', { id: 'queue' });
	let known = '';
	let needy = most; // how many of those that need somebody are shown
	/** @type {API.AccountList} */
	let accounts = { accounts: [] };
	const refresh = async () => {
		const lists = await read(needy, signal);
		accounts = lists.accounts;
		const now = JSON.stringify(lists);
		const same = now === known;
		// As long as nothing but the clock moves, what has the focus is left alone.
		const draws = same ? lists.coming.posts.length > 0 && !body.contains(document.activeElement) : true;
		if (draws) keepFocus(() => draw(lists));
		known = now;
		return pause(lists.going.posts);
	};
	const more = () => {
		needy += most;
		return refresh();
	};
	/** @type {(lists: Lists) => void} */
	const draw = (lists) => {
		const held = pausesOf(accounts);
		fill(
			pauses,
			held.map((p) => pauseBox(p, refresh)),
		);
		fill(body, sections(lists, { accounts: accounts.accounts, changed: refresh, held, more }));
	};
	const found = search((p) => row(p, { accounts: accounts.accounts, changed: refresh, prefix: 'found-' }), signal);
	const write = h('a.button.primary', { href: '#/compose', id: 'queue-write' }, 'Write a thread');
	main.append(heading('Queue', write), found, trouble, pauses, body);
	await refresh();
	watch(refresh, trouble, signal);
}

/**
 * @param {number} limit of those that need somebody
 * @param {AbortSignal} signal
 * @returns {Promise<Lists & {accounts: API.AccountList}>}
 */
async function read(limit, signal) {
	const [accounts, needy, going, coming, drafts, past] = await Promise.all([
		listAccounts(signal),
		listPosts({ needs_you: true, limit: most }, signal, limit),
		listPosts({ status: ['publishing', 'deleting'], limit: most }, signal, most),
		listPosts({ status: ['scheduled'], order: 'earliest', limit: most }, signal, most),
		listPosts({ status: ['draft'], limit: most }, signal, most),
		listPosts({ status: ['published', 'cancelled', 'deleted'], limit: 20 }, signal, 20),
	]);
	return { accounts, needy, going, coming, drafts, past };
}

/**
 * How soon something may have changed, in milliseconds.
 * @param {API.Post[]} posts
 */
const pause = (posts) => (posts.some((p) => p.status === 'publishing' || p.status === 'deleting') ? 1500 : 10e3);

/**
 * What a row is told.
 * @typedef {object} Around
 * @property {API.Account[]} accounts
 * @property {() => unknown} changed
 * @property {() => unknown} [more] shows more of those that need somebody
 * @property {API.Pause[]} [held] pauses that are shown already
 * @property {boolean} [full] with its reason, and what can be done
 * @property {string} [prefix] of ids: what is found may stand in the queue, too
 */

/**
 * @param {Lists} lists
 * @param {Around} around
 * @returns {Child}
 */
function sections({ needy, going, coming, drafts, past }, around) {
	const all = [needy, going, coming, drafts, past];
	if (all.every((list) => list.posts.length === 0)) {
		return empty(
			'Nothing is planned yet.',
			h('p', 'Write a thread, give it a time, and it waits here until it goes out.'),
			h('p', h('a.button', { href: '#/compose', id: 'queue-first' }, 'Write your first thread')),
		);
	}
	const upcoming = { posts: [...going.posts.filter((p) => !p.needs_you), ...coming.posts], more: coming.more };
	return [
		section('queue-needs-you', 'Needs you', needy, '', { ...around, full: true }),
		needy.more && around.more && button('queue-more', 'Show more that need you', around.more),
		section('queue-upcoming', 'Coming up', upcoming, 'Nothing is scheduled.', around),
		section('queue-drafts', 'Drafts', drafts, '', around),
		section('queue-recent', 'Recent', { ...past, more: false }, 'Nothing has been published yet.', around),
		all.some((list) => list.more) &&
			h('p.hint', 'There are more posts than shown here. Browse them by day in the calendar, or search for them.'),
	];
}

/**
 * @param {string} id
 * @param {string} title
 * @param {List} list
 * @param {string} none what is said of an empty one; without it there is none
 * @param {Around} around
 */
function section(id, title, { posts, more }, none, around) {
	if (posts.length === 0 && !none) return null;
	const rows = posts.map((p) => row(p, around));
	const number = posts.length > 0 && h('span.number', `${posts.length}${more ? '+' : ''}`);
	return h(
		'section',
		{ id, 'aria-labelledby': `${id}-title` },
		h('h2', { id: `${id}-title` }, title, number),
		rows.length ? h('ul.rows', rows) : h('p.quiet', none),
	);
}

/**
 * One post.
 * @param {API.Post} post
 * @param {Around} around
 */
function row(post, { accounts, changed, held = [], full = false, prefix = '' }) {
	const account = accounts.find((a) => a.id === post.account_id);
	const zone = post.zone || account?.zone || localZone();
	const at = post.status === 'published' ? (post.scheduled_at ?? post.updated_at) : post.scheduled_at;
	const out = post.platform_post_ids.length;
	/** @type {Child[]} */
	const about = [
		accounts.length > 1 && account && `@${account.username}`,
		count(post.tweet_count, 'tweet'),
		at && [h('time', { datetime: at }, showFull(at, zone)), ` ${zone}`],
		post.status === 'scheduled' && at && relative(at, Date.now()),
		(out > 0 || post.needs_you) && `${out} on X`,
	].filter(Boolean);
	return h(
		'li.row',
		{ id: `${prefix}post-${post.id}`, 'data-status': post.status },
		h(
			'div.row-main',
			h('a.row-title', { href: `#/post/${post.id}`, id: `${prefix}open-${post.id}`, dir: 'auto' }, post.title),
			h(
				'p.quiet.row-about',
				about.flatMap((p, i) => (i ? [' · ', p] : [p])),
			),
			full ? standing(post, changed, held) : post.sub_status && h('p.row-sub', post.summary),
		),
		h('span', { class: `chip ${tone(post)}` }, post.label),
	);
}

/**
 * Why a post needs somebody, and what can be done about it.
 * @param {API.Post} post
 * @param {() => unknown} changed
 * @param {API.Pause[]} held what says itself what it waits for
 * @returns {Child}
 */
function standing(post, changed, held) {
	const { buttons, slot } = postActions(post, {
		only: ['resolve', 'retry', 'publish', 'schedule', 'edit', 'cancel'],
		id: (name) => `${name}-${post.id}`,
		changed,
	});
	const why = post.fail_reason;
	const pause = held.some((p) => p.reason.code === why?.code && (p.account_id ?? post.account_id) === post.account_id);
	const said = why && pause ? `${post.summary} ${why.sentence}` : post.summary;
	return [why && !pause ? reason(post, why) : h('p', said), slot.node, h('div.actions', buttons)];
}
