import test from 'node:test';
import assert from 'node:assert/strict';
import { assign, extraOf, isEmpty, merged, moved, newExtra, tweetInput } from '../static/assets/compose/anchors.js';
import { medium } from './samples.js';

test('an anchor stays with its character', async (t) => {
	// The bar shows where the anchor is: before its character.
	const rows = [
		['typing behind it', 'one |two', 'one |two three'],
		['typing before it', 'one |two', 'zero one |two'],
		['typing right before it', '|two', 'one |two'],
		['deleting before it', 'one |two', '|two'],
		['deleting behind it', 'one |two three', 'one |two'],
		['replacing it', 'one |two three', 'one |2 three'],
		['replacing everything', 'one |two', '|xyz'],
		['deleting everything', 'one |two', '|'],
		['a paragraph before it', 'a\n---\n|b', 'a\n---\nnew\n---\n|b'],
	];
	for (const [name, before, after] of rows) {
		await t.test(name, () =>
			assert.equal(moved(before.indexOf('|'), before.replace('|', ''), after.replace('|', '')), after.indexOf('|')),
		);
	}
});

test('each anchor belongs to the tweet that it lies in, or to the one before', () => {
	const sources = [
		{ start: 0, end: 10 },
		{ start: 15, end: 20 },
		{ start: 25, end: 40 },
	];
	assert.deepEqual(assign([0, 9, 12, 15, 24, 25, 99], sources), [0, 0, 0, 1, 1, 2, 2]);
});

test('what meets in one tweet becomes one', () => {
	const poll = { options: ['a', 'b'], duration_minutes: 60 };
	const a = { ...newExtra(3), media: [medium('1')], reply_settings: 'following' };
	const b = { ...newExtra(9), media: [medium('2')], reply_settings: 'verified', poll };
	const one = merged([a, b]);
	assert.deepEqual(
		[one.at, one.media.map((m) => m.id), one.reply_settings, one.poll],
		[3, ['1', '2'], 'following', poll],
	);
	assert.equal(isEmpty(merged([])), true);
	assert.equal(isEmpty(one), false);
});

test('a tweet is sent with what it has, and nothing else', () => {
	assert.deepEqual(tweetInput('x'), { text: 'x' });
	assert.deepEqual(tweetInput('x', newExtra(0)), { text: 'x' });
	const e = {
		...newExtra(0),
		made_with_ai: true,
		quote_tweet_id: '7',
		media: [
			medium('1', { alt: 'a cat' }),
			medium('2'),
			medium('new-1', { state: 'uploading' }),
			medium('new-2', { state: 'refused' }),
		],
	};
	assert.deepEqual(tweetInput('', e), {
		media: [{ id: '1', alt_text: 'a cat' }, { id: '2' }],
		quote_tweet_id: '7',
		made_with_ai: true,
	});
});

test('a tweet of a record comes back as it was', () => {
	const tweet = {
		media: [{ id: '1', alt_text: 'a cat' }, { id: '2' }],
		poll: { options: ['a', 'b'], duration_minutes: 5 },
		reply_settings: 'verified',
		quote_tweet_id: '7',
		community_id: '8',
		made_with_ai: true,
		paid_partnership: true,
	};
	/** @type {API.Tweet} */
	const record = {
		text: 'x',
		thread_position: 1,
		status: 'pending',
		...tweet,
		media: [
			{ id: '1', kind: 'image', content_type: 'image/png', alt_text: 'a cat' },
			{ id: '2', kind: 'image', content_type: 'image/png' },
		],
	};
	assert.deepEqual(tweetInput('x', extraOf(record, 0)), { text: 'x', ...tweet });
});
