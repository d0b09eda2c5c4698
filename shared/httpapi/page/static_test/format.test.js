import test from 'node:test';
import assert from 'node:assert/strict';
import { looksLikeMarkdown } from '../static/assets/compose/format.js';

test('Markdown is noticed by each of its marks', () => {
	for (const text of [
		'# Why\n\nBecause.',
		'One.\r\n## Two\r\n',
		'> A quote\n> goes on',
		'Run this:\n```sh\ngo test\n```',
		'~~~\ncode\n~~~',
		'See [the manual](https://example.com).',
		'![A loom](loom.png)',
		'This is **important**.',
		'This is __important__.',
		'It was ~~wrong~~ right.',
		'Run `spool setup`.',
		'See [[the page]].',
		'| a | b |\n|---|---|\n| 1 | 2 |',
		'a | b\n--- | ---\n1 | 2',
		'- [ ] to do\n- [x] done',
		'---\ntitle: Why\n---\nBecause.',
		'+++\ntitle = "Why"\n+++\nBecause.',
	])
		assert.ok(looksLikeMarkdown(text), text);
});

test('what people write without Markdown is not', () => {
	for (const text of [
		'',
		'A sentence. And another one.',
		'One tweet.\n\n---\n\nThe next.',
		'Shopping:\n- milk\n- bread\n* tea\n1. first\n2. second',
		'#1 of #three, 5*2*10, 2 ** 8, a_b_c, snake__case__name',
		'I said [sic] so (https://example.com).',
		'1/ A thread\n2/ goes on 👇',
		'~5 minutes ~ 10',
		'It’s 5 o`clock, mind',
		'$5 > $4 -> done',
		'| just one bar',
	])
		assert.ok(!looksLikeMarkdown(text), text);
});

test('a long text takes no long time', () => {
	for (const part of ['**', '`', '[[', '~~', '| - ', '](', '__ ', '*a', '-'])
		assert.equal(typeof looksLikeMarkdown(part.repeat(50e3)), 'boolean');
});
