// Posts: reading lists of them, and what can be done with one.

import { h, button, check, field } from './dom.js';
import { create, get, Intents, Problem, request } from './api.js';
import { attempt, confirmDialog, form, notice, openDialog, problemSlot } from './ui.js';
import { localZone, showFull } from './time.js';
import { count, money, tweetID } from './words.js';
import { when } from '../compose/when.js';

/**
 * Reads posts, page after page.
 * @param {Record<string, string>} query
 * @param {AbortSignal} signal
 * @param {number} [most] how many suffice
 * @returns {Promise<{posts: any[], more: boolean}>}
 */
export async function listPosts(query, signal, most = 300) {
	const posts = [];
	for (let cursor = ''; ;) {
		const page = await get(
			`/v1/posts?${new URLSearchParams({ limit: '100', ...query, ...(cursor ? { cursor } : {}) })}`,
			signal,
		);
		posts.push(...page.posts);
		cursor = page.next_cursor ?? '';
		if (!cursor || posts.length >= most) return { posts, more: cursor !== '' };
	}
}

/** The tweet whose outcome only a person can tell, where there is one. @param {any} post */
const inDoubt = (post) => post.status === 'failed' && post.sub_status === 'unknown';

/** What may be done with a post as it stands. The API decides in the end. @param {any} post @returns {string[]} */
function allowed(post) {
	const some = post.platform_post_ids.length > 0;
	if (inDoubt(post)) return ['resolve', 'duplicate'];
	switch (post.status) {
		case 'draft':
			return ['edit', 'publish', 'duplicate', 'delete'];
		case 'scheduled':
			return ['edit', 'publish', 'cancel', 'duplicate'];
		case 'publishing':
			return ['cancel', 'duplicate'];
		case 'published':
			return ['duplicate', 'unpublish', 'delete'];
		case 'missed':
			return ['publish', 'edit', 'duplicate', 'cancel', 'delete'];
		case 'failed':
		case 'cancelled':
			return [
				post.status === 'failed' ? 'retry' : 'restore',
				...(post.withdrawn ? [] : ['edit']),
				'duplicate',
				...(some ? ['unpublish'] : []),
				'delete',
			];
		case 'deleted':
			return ['duplicate', 'delete'];
		default:
			return ['duplicate'];
	}
}

/** Moves a post. */
const move = async (post, verb, body) => (await request('POST', `/v1/posts/${post.id}/${verb}`, { body })).data;

/**
 * The buttons for what may be done with a post.
 * @param {any} post
 * @param {{etag?: string, only?: string[], suffix?: (action: string) => string, changed: (post: any) => any}} o changed is told how it is now, or null when it is gone
 * @returns {{buttons: HTMLElement[], slot: ReturnType<typeof problemSlot>}}
 */
export function postActions(post, o) {
	const id = o.suffix ?? ((action) => `post-${action}`);
	const slot = problemSlot(id('problem'));
	const intents = new Intents();
	const left = post.tweet_count - post.platform_post_ids.length;
	const ask = (action, dialog) => () => confirmDialog({ id: `${action}-dialog`, ...dialog });
	const told = (text) => async (changed) => {
		notice([text, ...(changed?.notes ?? [])].join(' '));
		await o.changed(changed);
	};
	/** @type {Record<string, () => HTMLElement>} */
	const make = {
		edit: () => h('a.button', { id: id('edit'), href: `#/compose/${post.id}` }, 'Edit'),
		publish: () =>
			button(
				id('publish'),
				'Publish now',
				ask('publish', {
					title: 'Publish now?',
					text: `${count(left, 'tweet')} will go out at once.`,
					yes: 'Publish',
					work: async () => told('On its way to X.')(await move(post, 'publish')),
				}),
			),
		retry: () =>
			button(
				id('retry'),
				post.withdrawn
					? 'Go on deleting'
					: post.tweets && left < post.tweet_count
						? `Go on at tweet ${post.tweet_count - left + 1}`
						: 'Try again',
				() => attempt(slot, async () => told('Spool goes on where it stopped.')(await move(post, 'retry'))),
				{ class: 'primary' },
			),
		restore: () =>
			button(
				id('restore'),
				'Take the cancellation back',
				() =>
					attempt(slot, async () => {
						if (post.scheduled_at && new Date(post.scheduled_at).getTime() <= Date.now()) return timeDialog(post, told);
						const restored = await move(post, 'retry');
						await told(
							restored.status === 'draft'
								? 'It is a draft again.'
								: `It waits for its time again: ${showFull(restored.scheduled_at, restored.zone)} (${restored.zone}).`,
						)(restored);
					}),
				{ class: 'primary' },
			),
		resolve: () =>
			button(
				id('resolve'),
				'Say whether it is on X',
				() => resolveDialog(post, told('Thank you. Now the record is right.')),
				{ class: 'primary' },
			),
		cancel: () =>
			button(
				id('cancel'),
				'Cancel',
				ask('cancel', {
					title: 'Cancel this post?',
					text: 'Nothing more of it goes out. What is on X already stays there. You can take it up again later.',
					yes: 'Cancel the post',
					danger: true,
					work: async () => told('Cancelled.')(await move(post, 'cancel')),
				}),
			),
		duplicate: () =>
			button(id('duplicate'), 'Duplicate', () =>
				attempt(slot, async () => {
					const copy = await create(intents, 'duplicate', `/v1/posts/${post.id}/duplicate`);
					notice('This is the copy: a new draft.');
					location.hash = `#/compose/${copy.id}`;
				}),
			),
		unpublish: () =>
			button(
				id('unpublish'),
				'Delete from X',
				ask('unpublish', {
					title: 'Delete this thread from X?',
					text: `${count(post.platform_post_ids.length, 'tweet')} will be deleted from X, the last one first. Their likes and replies are lost.${post.delete_price ? ` X charges up to ${money(post.delete_price)} for it.` : ''} This cannot be undone.`,
					yes: 'Delete from X',
					danger: true,
					work: async () => told('The tweets are being deleted from X.')(await move(post, 'unpublish')),
				}),
				{ class: 'danger' },
			),
		delete: () =>
			button(
				id('delete'),
				'Delete the record',
				ask('delete', {
					title: 'Delete Spool’s record?',
					text: 'Spool forgets the post with its texts. What is on X stays there. This cannot be undone.',
					yes: 'Delete the record',
					danger: true,
					work: async () => {
						await request('DELETE', `/v1/posts/${post.id}`, o.etag ? { ifMatch: o.etag } : {});
						await told('The record is deleted.')(null);
					},
				}),
				{ class: 'danger' },
			),
	};
	return {
		buttons: allowed(post)
			.filter((a) => !o.only || o.only.includes(a))
			.map((a) => make[a]()),
		slot,
	};
}

/** Asks for another time for a post whose own has passed; nothing goes out unasked. */
function timeDialog(post, told) {
	openDialog('restore-dialog', 'Its time has passed', (close) => {
		const slot = problemSlot('restore-problem');
		const zone = post.zone || localZone();
		const fields = when('restore', { at: '', zone: '' }, () => zone);
		const left = count(post.tweet_count - post.platform_post_ids.length, 'tweet');
		const work = async () => {
			const time = fields.check();
			if (!time)
				throw new Problem({
					code: 'page',
					detail: 'The time is not right yet.',
					todo: 'See what stands at the field.',
				});
			const { data } = await request('PATCH', `/v1/posts/${post.id}`, { body: time });
			await told(`It goes out ${showFull(data.scheduled_at, data.zone)} (${data.zone}).`)(data);
			close();
		};
		const now = button(
			'restore-now',
			`Publish ${left} now`,
			() =>
				attempt(slot, async () => {
					await told('On its way to X.')(await move(post, 'publish'));
					close();
				}),
			{ class: 'danger' },
		);
		return form(
			{
				id: 'restore-form',
				submit: ['restore-dialog-yes', 'Schedule', 'primary'],
				work,
				more: [now, button('restore-dialog-no', 'Not now', close)],
			},
			h(
				'p',
				`It was to go out ${showFull(post.scheduled_at, zone)} (${zone}). Choose a new time, or publish it now: then ${left} will go out at once.`,
			),
			fields.node,
			slot.node,
		);
	});
}

/** Asks whether a tweet is on X. */
function resolveDialog(post, changed) {
	const position = post.platform_post_ids.length + 1;
	openDialog('resolve-dialog', `Is tweet ${position} on X?`, (close) => {
		const slot = problemSlot('resolve-problem');
		const link = h('input', { id: 'resolve-link', autocomplete: 'off', placeholder: 'https://x.com/you/status/123…' });
		const certain = check(
			{ id: 'resolve-certain' },
			'Take my word, even where X shows another text or cannot be asked',
		);
		const say = async (body) => {
			await changed(await move(post, 'resolve', { thread_position: position, ...body }));
			close();
		};
		const found = () => {
			const id = tweetID(link.value);
			if (!id)
				throw new Problem({
					code: 'page',
					field: 'link',
					detail: 'Copy the address of the tweet from X. It ends in /status/ and digits.',
				});
			return say({
				outcome: 'published',
				platform_post_id: id,
				...(certain.querySelector('input').checked && { certain: true }),
			});
		};
		return form(
			{
				id: 'resolve-form',
				submit: ['resolve-dialog-yes', 'It is on X, at this address', 'primary'],
				work: found,
				controls: { link, platform_post_id: link },
				more: [
					button('resolve-absent', 'It is not on X', () => attempt(slot, () => say({ outcome: 'absent' }))),
					button('resolve-dialog-no', 'Not now', close),
				],
			},
			h(
				'p',
				'X’s answer to this tweet was lost, and Spool could not find out by itself. Open the account on X and look for it:',
			),
			post.doubt && h('blockquote.doubt', post.doubt),
			field(link, 'If it is there: its address'),
			certain,
			slot.node,
		);
	});
}
