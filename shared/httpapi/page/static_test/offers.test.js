import test from 'node:test';
import assert from 'node:assert/strict';
import { askBefore, offered, offers, told } from '../static/assets/lib/offers.js';
import { post } from './samples.js';

/** @type {Array<API.Action['action']>} */
const all = [
	'resolve',
	'retry',
	'restore',
	'publish',
	'schedule',
	'edit',
	'cancel',
	'duplicate',
	'unpublish',
	'delete',
];

test('what the API offers is what there is a button for, in its order', () => {
	assert.deepEqual(
		offers(post(all)).map((o) => o.action.action),
		all,
	);
	assert.deepEqual(offers(post([])), []);
	assert.deepEqual(
		offers(post(['publish', 'edit', 'cancel']), ['cancel', 'publish', 'retry']).map((o) => o.action.action),
		['publish', 'cancel'],
	);
});

test('every button says something of its own, and leads to the request that the post names', () => {
	const labels = new Set();
	for (const { action, label } of offers(post(all))) {
		labels.add(label);
		assert.match(label, /^[A-Z].*[^.]$/);
		assert.equal(action.path, `/v1/posts/7K2QAB/${action.action}`);
	}
	assert.equal(labels.size, all.length);
});

test('what takes the post further stands out, and so does what cannot be undone', () => {
	const looks = Object.fromEntries(offers(post(all)).map((o) => [o.action.action, o.look]));
	assert.deepEqual(looks, {
		resolve: 'primary',
		retry: 'primary',
		restore: 'primary',
		publish: '',
		schedule: '',
		edit: '',
		cancel: '',
		duplicate: '',
		unpublish: 'danger',
		delete: 'danger',
	});
});

test('a button says what it does to this post', () => {
	/** @type {Array<[name: API.Action['action'], more: Partial<API.Post>, want: string]>} */
	const rows = [
		['retry', {}, 'Try again'],
		['retry', { platform_post_ids: ['1', '2'] }, 'Resume at tweet 3'],
		['retry', { platform_post_ids: ['1', '2'], withdrawn: true }, 'Resume deleting'],
		['schedule', { status: 'scheduled' }, 'Change the time'],
		['schedule', { status: 'cancelled' }, 'Schedule'],
	];
	for (const [name, more, want] of rows) assert.equal(offers(post([name], more))[0].label, want);
});

test('what publishes or cannot be taken back is asked for, with what it means', () => {
	const asked = all.filter((name) => askBefore(post(all), name));
	assert.deepEqual(asked, ['publish', 'cancel', 'unpublish', 'delete']);
	const some = post(all, { platform_post_ids: ['1'], delete_price: '0.02' });
	assert.equal(askBefore(some, 'publish')?.text, '2 tweets will go out at once.');
	assert.match(
		askBefore(some, 'unpublish')?.text ?? '',
		/^1 tweet will be deleted .* X charges up to \$0\.02 for it\./,
	);
	assert.doesNotMatch(askBefore(post(all), 'unpublish')?.text ?? '', /charges/);
});

test('what was done is said, with the time in the zone of the post', () => {
	const timed = post([], { scheduled_at: '2026-12-01T09:00:00Z', zone: 'Asia/Tokyo' });
	assert.match(told('schedule', timed), /^“Tweet 1\.” now goes out .*1 Dec.* 18:00 \(Asia\/Tokyo\)\.$/);
	assert.match(told('restore', timed), /^It is scheduled again, for .* 18:00 \(Asia\/Tokyo\)\.$/);
	assert.equal(told('restore', post([])), 'It is a draft again.');
	assert.equal(told('delete', null), 'The record is deleted.');
});

test('an action is found by its name, where it is offered', () => {
	assert.equal(offered(post(['edit', 'retry']), 'retry')?.path, '/v1/posts/7K2QAB/retry');
	assert.equal(offered(post(['edit']), 'retry'), undefined);
});
