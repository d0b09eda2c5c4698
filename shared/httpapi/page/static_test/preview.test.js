import test from 'node:test';
import assert from 'node:assert/strict';
import { newExtra } from '../static/assets/compose/anchors.js';
import { draftOf, newDraft } from '../static/assets/compose/draft.js';
import { look } from '../static/assets/compose/preview.js';
import { answer, medium, post, tweet } from './samples.js';

const { signal } = new AbortController();
const poll = { options: ['Yes', 'No'], duration_minutes: 60 };

/**
 * A tweet as the API previews it.
 * @param {string} text
 * @param {number} start where its source is
 * @param {object} [more]
 */
const shown = (text, start, more) => ({ text, source: { start, end: start + text.length }, ...more });

/** @type {(tweet: number, code: string, message?: string) => object} */
const finding = (tweet, code, message = code) => ({ tweet, code, message, severity: 'hint', start: 0, end: 0 });

test('a text is previewed as it is to be read, and once where that is enough', async (t) => {
	for (const format of /** @type {const} */ (['text', 'markdown'])) {
		const sent = answer(t, { body: { tweets: [shown('Why', 2)], findings: [], cost: {} } });
		const seen = await look({ ...newDraft(), text: '# Why', format }, signal);
		assert.deepEqual(sent[0].body, { text: '# Why', format, one_each: false });
		assert.deepEqual(seen?.tweets, [{ text: 'Why' }]);
		t.mock.restoreAll();
	}
});

test('nothing is asked of an empty field', async (t) => {
	answer(t);
	assert.equal(await look({ ...newDraft(), text: ' \n' }, signal), null);
});

test('what belongs to a place of the text goes with the tweet that it is in', async (t) => {
	const sent = answer(
		t,
		{ body: { tweets: [shown('One.', 0), shown('Two.', 10)], findings: [], cost: {} } },
		{ body: { tweets: [{ text: 'One.' }, { text: 'Two.' }], findings: [], cost: {} } },
	);
	const extras = [{ ...newExtra(12), media: [medium('9')] }];
	const seen = await look({ ...newDraft(), text: 'One.\n---\nTwo.', extras }, signal);
	assert.deepEqual(sent[1].body.tweets, [{ text: 'One.' }, { text: 'Two.', media: [{ id: '9' }] }]);
	assert.deepEqual(seen?.owners, [1]);
});

test('what Markdown says that a tweet has goes along, and what was chosen here wins', async (t) => {
	const given = { poll, reply_settings: 'verified', media: [{ id: '8', kind: 'image', alt_text: 'a cat' }] };
	const sent = answer(
		t,
		{ body: { tweets: [shown('One.', 0, given)], findings: [], cost: {} } },
		{ body: { tweets: [{ text: 'One.', ...given }], findings: [], cost: {} } },
	);
	const extras = [{ ...newExtra(0), reply_settings: 'following', media: [medium('9')] }];
	const seen = await look({ ...newDraft(), text: 'One.', format: 'markdown', extras }, signal);
	const media = [{ id: '9' }, { id: '8', alt_text: 'a cat' }];
	assert.deepEqual(sent[1].body.tweets, [{ text: 'One.', media, poll, reply_settings: 'following' }]);
	assert.deepEqual(
		seen?.extras[0].media.map((m) => m.fixed ?? false),
		[false, true],
	);
});

test('what only the splitting finds is said at its tweet, and nothing twice', async (t) => {
	answer(
		t,
		{
			body: {
				tweets: [shown('Two.', 0), shown('Three.', 6)],
				findings: [finding(1, 'cut_word'), finding(2, 'comment_dropped'), finding(2, 'duplicate'), finding(0, 'front')],
				cost: {},
			},
		},
		{ body: { tweets: [{}, {}, {}], findings: [finding(3, 'duplicate', 'of tweet 1')], cost: {} } },
	);
	const tweets = [tweet(1, { status: 'published' }), tweet(2), tweet(3)];
	const seen = await look(draftOf(post(['edit'], { tweets }), '"4"'), signal);
	assert.deepEqual(
		seen?.findings.map((f) => [f.tweet, f.message]),
		[
			[3, 'of tweet 1'],
			[2, 'cut_word'],
			[3, 'comment_dropped'],
			[0, 'front'],
		],
	);
	assert.equal(seen?.locked, 1);
});

test('what is said of a tweet has the line of the text at which it begins', async (t) => {
	answer(
		t,
		{ body: { tweets: [shown('One.', 0, { line: 1 }), shown('Two.', 10, { line: 3 })], findings: [], cost: {} } },
		{ body: { tweets: [{}, {}], findings: [finding(2, 'alt_text'), finding(0, 'whole')], cost: {} } },
	);
	const extras = [{ ...newExtra(12), media: [medium('9')] }];
	const seen = await look({ ...newDraft(), text: 'One.\n---\nTwo.', extras }, signal);
	assert.deepEqual(
		seen?.findings.map((f) => f.line),
		[3, undefined],
	);
});

test('a file that the text names is to be added to its tweet', async (t) => {
	const message = 'The file a.png did not come with the text. Upload it, and write media: and its id.';
	answer(t, { body: { tweets: [shown('One.', 0)], findings: [finding(1, 'file_left_out', message)], cost: {} } });
	const seen = await look({ ...newDraft(), text: 'One. ![A](a.png)', format: 'markdown' }, signal);
	assert.equal(
		seen?.findings[0].message,
		'The file a.png did not come with the text. Add it to this tweet, and take its mark out of the text.',
	);
});

test('a time in the front matter, which the page has a field for, is not passed over in silence', async (t) => {
	for (const [text, says] of /** @type {Array<[string, boolean]>} */ ([
		['---\ntitle: x\nat: 2026-12-01 09:00\n---\nOne.', true],
		['+++\naccount = "ada"\n+++\nOne.', true],
		['---\ntitle: x\n---\nat: noon', false],
		['One.\n---\nat: noon', false],
	])) {
		answer(t, { body: { tweets: [shown('One.', 0)], findings: [], cost: {} } });
		const seen = await look({ ...newDraft(), text, format: 'markdown' }, signal);
		assert.equal(
			seen?.findings.some((f) => f.code === 'page_front_matter'),
			says,
			text,
		);
		t.mock.restoreAll();
	}
});
