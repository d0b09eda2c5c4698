import test from 'node:test';
import assert from 'node:assert/strict';
import { newExtra } from '../static/assets/compose/anchors.js';
import { draftOf, forget, newDraft, store, stored, tweetByTweet } from '../static/assets/compose/draft.js';
import { medium, post, storage, tweet } from './samples.js';

test('a post is edited as one text, whose tweets keep what they have', () => {
	const cat = { id: '9', kind: /** @type {const} */ ('image'), content_type: 'image/png', alt_text: 'a cat' };
	const tweets = [tweet(1), tweet(2, { media: [cat] }), tweet(3, { text: undefined, reply_settings: 'verified' })];
	const d = draftOf(post(['edit'], { tweets }), '"4"');
	assert.equal(d.text, 'Tweet 1.\n\n---\n\nTweet 2.\n\n---\n\n');
	assert.deepEqual(
		d.extras.map((e) => d.text.slice(e.at)),
		['Tweet 1.\n\n---\n\nTweet 2.\n\n---\n\n', 'Tweet 2.\n\n---\n\n', ''],
	);
	assert.deepEqual(d.extras[1].media, [medium('9', { alt: 'a cat', bytes: 0 })]);
	assert.equal(d.extras[2].reply_settings, 'verified');
	assert.deepEqual([d.account, d.edit?.id, d.edit?.etag], ['1', '7K2QAB', '"4"']);
});

test('tweets that are out are not edited', () => {
	const tweets = [tweet(1, { status: 'published' }), tweet(2, { status: 'attempting' }), tweet(3)];
	const failed = post(['retry', 'edit'], { tweets, status: 'failed' });
	const d = draftOf(failed, '"4"');
	assert.equal(d.text, 'Tweet 2.\n\n---\n\nTweet 3.');
	assert.deepEqual(d.edit?.locked, [tweets[0]]);
	const each = tweetByTweet(d, failed);
	assert.deepEqual([each.text, each.texts, each.extras.map((e) => e.at)], ['', ['Tweet 2.', 'Tweet 3.'], [0, 1]]);
	assert.deepEqual(each.edit, d.edit);
});

test('a time is proposed where the API lets the post have one', () => {
	const timed = { scheduled_at: '2026-12-01T09:00:00Z', zone: 'Asia/Tokyo' };
	assert.equal(draftOf(post(['edit', 'schedule'], timed), '').at, '2026-12-01T18:00');
	assert.equal(draftOf(post(['edit', 'retry'], timed), '').at, '');
	assert.equal(draftOf(post(['edit', 'schedule']), '').at, '');
	assert.equal(draftOf(post(['edit', 'schedule'], timed), '').zone, 'Asia/Tokyo');
});

test('what is written outlives a reload, save for files on their way', (t) => {
	storage(t);
	assert.equal(stored(), null);
	const media = [medium('9'), medium('new-1', { state: 'uploading' }), medium('new-2', { state: 'refused' })];
	const d = { ...newDraft(), text: 'A cat.', extras: [{ ...newExtra(2), media }] };
	store(d);
	assert.deepEqual(stored(), { ...d, extras: [{ ...newExtra(2), media: [medium('9')] }] });
	forget();
	assert.equal(stored(), null);
});

test('each post that is edited is kept by itself', (t) => {
	storage(t);
	const d = draftOf(post(['edit']), '"4"');
	store(d);
	store({ ...newDraft(), text: 'Another.' });
	assert.deepEqual(stored('7K2QAB'), d);
	forget('7K2QAB');
	assert.deepEqual([stored('7K2QAB'), stored()?.text], [null, 'Another.']);
});

test('what an older page or somebody else kept does no harm', (t) => {
	const items = storage(t);
	items.set('spool.compose.new', '{"text":"Old.","extras":[]}');
	assert.deepEqual(stored(), { ...newDraft(), text: 'Old.' });
	for (const broken of ['{', '{}', '7']) {
		items.set('spool.compose.new', broken);
		assert.equal(stored(), null);
	}
});
