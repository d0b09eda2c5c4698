import test from 'node:test';
import assert from 'node:assert/strict';
import { act, call, Intents, listAccounts, Problem, request } from '../static/assets/lib/api.js';
import { answer, post, storage } from './samples.js';

test('an operation is asked by its route, with what it takes', async (t) => {
	const sent = answer(t, { body: { id: '7' }, etag: '"3"' }, { body: { posts: [] } });
	const { data, etag } = await request('PATCH /v1/posts/{id}', {
		path: { id: '../app' },
		body: { zone: 'UTC' },
		headers: { 'If-Match': '"2"' },
	});
	assert.deepEqual([data, etag], [{ id: '7' }, '"3"']);
	const { route, headers, body } = sent[0];
	assert.equal(route, 'PATCH /v1/posts/..%2Fapp'); // an id stays one part of the path
	assert.equal(headers['If-Match'], '"2"');
	assert.equal(headers['Content-Type'], 'application/json');
	assert.deepEqual(body, { zone: 'UTC' });

	await call('GET /v1/posts', { query: { q: 'a & b', status: ['failed', 'missed'], limit: 5, cursor: '' } });
	assert.equal(sent[1].route, 'GET /v1/posts?q=a+%26+b&status=failed%2Cmissed&limit=5'); // what is empty is left out
	assert.equal(sent[1].headers['Content-Type'], undefined);
});

test('what the API refuses is a problem with all that it says', async (t) => {
	const body = {
		code: 'invalid_request',
		detail: 'Two things are wrong.',
		todo: 'Correct them.',
		errors: [{ field: 'at', message: 'It has passed.' }],
	};
	answer(t, { status: 422, body }, { status: 502 });
	await assert.rejects(call('GET /v1/keys'), (e) => {
		assert.ok(e instanceof Problem);
		const { status, code, message, todo, errors } = e;
		assert.deepEqual({ status, code, detail: message, todo, errors }, { status: 422, ...body });
		return true;
	});
	await assert.rejects(call('GET /v1/keys'), { status: 502, code: 'internal', todo: /\.$/ }); // not even JSON
});

test('without the network it is said that repeating is safe, and what was left is no problem', async (t) => {
	answer(t, new TypeError('Failed to fetch'));
	await assert.rejects(call('GET /v1/keys'), { code: 'network', status: 0, todo: /repeating is safe/ });
	const reason = new DOMException('left', 'AbortError');
	await assert.rejects(call('GET /v1/keys', { signal: AbortSignal.abort(reason) }), (e) => e === reason);
});

test('a session that has ended is told, save when it is asked for', async (t) => {
	let told = 0;
	Object.defineProperty(globalThis, 'dispatchEvent', { value: () => ++told, configurable: true });
	t.after(() => Reflect.deleteProperty(globalThis, 'dispatchEvent'));
	answer(t, { status: 401 }, { status: 401 });
	await assert.rejects(call('GET /v1/session'), { status: 401 });
	assert.equal(told, 0);
	await assert.rejects(call('GET /v1/keys'), { status: 401 });
	assert.equal(told, 1);
});

test('a character that API Gateway puts for damaged text is sent as an escape', async (t) => {
	const sent = answer(t, { body: {} });
	await call('POST /v1/preview', { body: { text: 'a\ufffdb' } });
	assert.equal(sent[0].body.text, 'a\ufffdb');
	const init = /** @type {any} */ (fetch).mock.calls[0].arguments[1];
	assert.match(init.body, /a\\ufffdb/);
});

test('all accounts are read, page after page, with the pause of the last', async (t) => {
	const pause = { sub_status: 'paused', until: '2026-12-01T09:00:00Z' };
	const sent = answer(
		t,
		{ body: { accounts: [{ id: '1' }, { id: '2' }], next_cursor: 'c' } },
		{ body: { accounts: [{ id: '3' }], pause } },
	);
	const all = await listAccounts();
	assert.deepEqual([all.accounts.map((a) => a.id), all.pause], [['1', '2', '3'], pause]);
	assert.deepEqual(
		sent.map((s) => s.route),
		['GET /v1/accounts', 'GET /v1/accounts?cursor=c'],
	);
});

test('an action is done by the request that the post names', async (t) => {
	const sent = answer(t, { body: { id: '7' } }, { status: 204 });
	const [cancel] = post(['cancel']).actions;
	assert.deepEqual(await act(cancel), { id: '7' });
	assert.equal(sent[0].route, 'POST /v1/posts/7K2QAB/cancel');
	const gone = await act(
		{ action: 'delete', method: 'DELETE', path: '/v1/posts/7' },
		{ headers: { 'If-Match': '"2"' } },
	);
	assert.equal(gone, null);
	assert.deepEqual([sent[1].route, sent[1].headers['If-Match']], ['DELETE /v1/posts/7', '"2"']);
});

test('what is wanted again after a lost answer has the same key, also after a reload', async (t) => {
	const items = storage(t);
	/** @type {string[]} */
	const keys = [];
	/** @type {(intents: Intents, wanted: unknown, fails?: boolean) => Promise<void>} */
	const press = (intents, wanted, fails = false) =>
		intents
			.once('post', wanted, async (headers) => {
				keys.push(headers['Idempotency-Key']);
				if (fails) throw new Problem({ code: 'network' });
			})
			.catch(() => {});
	await press(new Intents('kept'), { text: 'a' }, true);
	await press(new Intents('kept'), { text: 'a' }, true); // another page
	assert.equal(keys[0], keys[1]);
	assert.ok(items.get('kept')?.includes(keys[0]));
	await press(new Intents('kept'), { text: 'b' }, true);
	assert.notEqual(keys[2], keys[0]); // another text is another thing
	const intents = new Intents('kept');
	await press(intents, { text: 'b' });
	assert.equal(keys[3], keys[2]);
	await press(intents, { text: 'b' });
	assert.notEqual(keys[4], keys[3]); // it was made: the same again is wanted on purpose
	assert.equal(new Set(keys).size, 3);
});
