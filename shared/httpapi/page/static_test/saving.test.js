import test from 'node:test';
import assert from 'node:assert/strict';
import { Intents } from '../static/assets/lib/api.js';
import { draftOf, newDraft, store, stored } from '../static/assets/compose/draft.js';
import { save, saved, ways } from '../static/assets/compose/saving.js';
import { answer, post, storage } from './samples.js';

/** @type {import('../static/assets/compose/preview.js').Look} */
const look = {
	previews: [],
	locked: 0,
	extras: [],
	owners: [],
	sources: [],
	findings: [],
	cost: /** @type {API.Cost} */ ({}),
	tweets: [{ text: 'One.' }, { text: 'Two.' }],
};
const time = { at: '2026-12-01 09:00', zone: 'Asia/Tokyo' };

/** @type {(offered: Array<API.Action['action']>, status: API.Post['status']) => Array<[string, string]>} */
const waysOf = (offered, status) =>
	ways(draftOf(post(offered, { status }), '"4"').edit).map(({ way, label }) => [way, label]);

test('a thread is saved in the ways that its post offers', () => {
	assert.deepEqual(
		ways(null).map((w) => w.label),
		['Schedule', 'Publish now', 'Save as draft'],
	);
	assert.deepEqual(waysOf(['publish', 'schedule', 'edit', 'cancel'], 'scheduled'), [
		['schedule', 'Save with this time'],
		['now', 'Publish now'],
	]);
	assert.deepEqual(waysOf(['publish', 'schedule', 'edit'], 'draft'), [
		['schedule', 'Schedule'],
		['now', 'Publish now'],
		['keep', 'Save'],
	]);
	assert.deepEqual(waysOf(['retry', 'edit', 'cancel'], 'failed'), [
		['now', 'Save and resume now'],
		['keep', 'Save'],
	]);
	assert.deepEqual(waysOf(['duplicate', 'unpublish'], 'published'), []);
});

test('a new thread is created as it is wanted, and then no longer kept here', async (t) => {
	storage(t);
	/** @type {Array<[way: import('../static/assets/compose/saving.js').Way, more: object]>} */
	const rows = [
		['keep', { draft: true }],
		['schedule', time],
		['now', {}],
	];
	for (const [way, more] of rows) {
		const draft = { ...newDraft(), account: '1', text: 'One.' };
		store(draft);
		const sent = answer(t, { status: 201, body: post([]) });
		const made = await save(draft, new Intents(), way, look, way === 'schedule' ? time : undefined);
		assert.equal(made.id, '7K2QAB');
		assert.equal(sent[0].route, 'POST /v1/posts');
		assert.deepEqual(sent[0].body, { account_id: '1', tweets: look.tweets, ...more });
		assert.match(sent[0].headers['Idempotency-Key'], /^[0-9a-f-]{36}$/);
		assert.equal(stored(), null);
		t.mock.restoreAll();
	}
});

test('a press after a lost answer asks for the same thread, and what is written stays', async (t) => {
	storage(t);
	const draft = { ...newDraft(), text: 'One.' };
	store(draft);
	const sent = answer(t, new TypeError('Failed to fetch'), { status: 201, body: post([]) });
	const intents = new Intents('spool.compose.intents');
	await assert.rejects(save(draft, intents, 'now', look), { code: 'network' });
	assert.deepEqual(stored(), draft);
	await save(draft, new Intents('spool.compose.intents'), 'now', look); // after a reload
	assert.equal(sent[0].headers['Idempotency-Key'], sent[1].headers['Idempotency-Key']);
});

test('a change is saved of what was read, and of nothing newer', async (t) => {
	storage(t);
	const draft = draftOf(post(['edit', 'schedule']), '"4"');
	store(draft);
	const sent = answer(
		t,
		{ status: 412, body: { code: 'stale', detail: 'It has changed.' } },
		{ body: post([]), etag: '"5"' },
	);
	await assert.rejects(save(draft, new Intents(), 'schedule', look, time), { code: 'stale' });
	assert.deepEqual(stored('7K2QAB'), draft);
	await save(draft, new Intents(), 'schedule', look, time);
	for (const { route, headers, body } of sent) {
		assert.deepEqual([route, headers['If-Match']], ['PATCH /v1/posts/7K2QAB', '"4"']);
		assert.deepEqual(body, { tweets: look.tweets, ...time });
	}
	assert.equal(stored('7K2QAB'), null);
});

test('what is saved and goes out now does so by the action that it offers then', async (t) => {
	storage(t);
	for (const name of /** @type {const} */ (['retry', 'publish'])) {
		const draft = draftOf(post([name, 'edit']), '"4"');
		const sent = answer(t, { body: post([name]), etag: '"5"' }, { body: post([], { notes: ['A note.'] }) });
		const moved = await save(draft, new Intents(), 'now', look);
		assert.deepEqual(
			sent.map((s) => s.route),
			['PATCH /v1/posts/7K2QAB', `POST /v1/posts/7K2QAB/${name}`],
		);
		assert.equal(saved('now', moved), 'On its way to X. A note.');
		t.mock.restoreAll();
	}
});

test('a repetition goes on where the first press broke off', async (t) => {
	storage(t);
	const draft = draftOf(post(['retry', 'edit']), '"4"');
	const sent = answer(
		t,
		{ body: post(['retry']), etag: '"5"' },
		new TypeError('Failed to fetch'),
		{ body: post(['retry']), etag: '"6"' },
		{ body: post([]) },
	);
	await assert.rejects(save(draft, new Intents(), 'now', look), { code: 'network' });
	await save(draft, new Intents(), 'now', look);
	assert.equal(sent[2].headers['If-Match'], '"5"');
});

test('what can no longer go out is saved, and that is said', async (t) => {
	storage(t);
	const draft = draftOf(post(['publish', 'edit']), '"4"');
	answer(t, { body: post(['duplicate']), etag: '"5"' });
	await assert.rejects(save(draft, new Intents(), 'now', look), { message: /saved, but it cannot be published/ });
});
