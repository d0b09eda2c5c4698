import test from 'node:test';
import assert from 'node:assert/strict';
import { count, money, placeOf, size, todoOf, tone, tweetID, tweetURL } from '../static/assets/lib/words.js';

test('what needs somebody has one colour, however it stands', () => {
	assert.equal(tone({ status: 'publishing', needs_you: false }), 'live');
	assert.equal(tone({ status: 'publishing', needs_you: true }), 'bad');
	assert.equal(tone({ status: 'failed', needs_you: true }), 'bad');
	assert.equal(tone({ status: 'cancelled', needs_you: false }), 'still');
});

test('fields are places on the page', () => {
	assert.equal(placeOf('tweets[2].text'), 'Tweet 3');
	assert.equal(placeOf('body.tweets[0].media[1].id'), 'Tweet 1');
	assert.equal(placeOf('line 12'), 'Line 12');
	assert.equal(placeOf('at'), 'Time');
	assert.equal(placeOf('something.else'), '');
});

test('what to do the API says, save where what was typed is at stake', () => {
	assert.equal(todoOf({ code: 'invalid_request', todo: 'Leave one of the two out.' }), 'Leave one of the two out.');
	assert.match(todoOf({ code: 'stale', todo: 'Read it again, then decide.' }), /what you typed here stays/i);
	assert.equal(todoOf({ code: 'something_new' }), '');
});

test('money has cents, and what is smaller where there is some', () => {
	for (const [amount, want] of [
		['0.0', '$0.00'],
		['0.2', '$0.20'],
		['0.015', '$0.015'],
		['12.75', '$12.75'],
		['3', '$3.00'],
	])
		assert.equal(money(amount), want);
});

test('a tweet is known by its address or its id', () => {
	for (const [text, want] of [
		['https://x.com/ada/status/1815120100', '1815120100'],
		[' https://twitter.com/ada/status/1815120100?s=20 ', '1815120100'],
		['https://x.com/i/web/status/1815120100#m', '1815120100'],
		['1815120100', '1815120100'],
		['https://x.com/ada', ''],
		['https://x.com/ada/status/', ''],
		['12345678901234567890', ''], // longer than any id
		['', ''],
	])
		assert.equal(tweetID(text), want, text);
	assert.equal(tweetURL('ada', '7'), 'https://x.com/ada/status/7');
});

test('numbers and sizes are said in words', () => {
	assert.equal(count(1, 'tweet'), '1 tweet');
	assert.equal(count(0, 'tweet'), '0 tweets');
	assert.equal(size(10), '1 KB');
	assert.equal(size(3.5 * 1024 * 1024), '3.5 MB');
});
