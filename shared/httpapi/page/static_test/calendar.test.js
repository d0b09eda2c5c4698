import test from 'node:test';
import assert from 'node:assert/strict';
import { addDays, addMonths, monthOf, movedTo, skipped, startOf, weekOf } from '../static/assets/lib/calendar.js';

test('days and months are counted over their ends', () => {
	assert.equal(addDays('2026-12-31', 1), '2027-01-01');
	assert.equal(addDays('2028-02-28', 1), '2028-02-29');
	assert.equal(addDays('2026-03-01', -1), '2026-02-28');
	assert.equal(addMonths('2026-01-31', 1), '2026-02-01');
	assert.equal(addMonths('2026-01-15', -1), '2025-12-01');
});

test('a week goes from Monday to Sunday', () => {
	const want = ['2026-11-30', '2026-12-01', '2026-12-02', '2026-12-03', '2026-12-04', '2026-12-05', '2026-12-06'];
	for (const day of want) assert.deepEqual(weekOf(day), want);
});

test('a month has the whole weeks that show it', () => {
	/** @type {Array<[day: string, weeks: number, first: string, last: string]>} */
	const rows = [
		['2026-11-22', 6, '2026-10-26', '2026-12-06'], // begins on a Sunday
		['2027-02-10', 4, '2027-02-01', '2027-02-28'], // fits four weeks exactly
		['2026-12-01', 5, '2026-11-30', '2027-01-03'],
	];
	for (const [day, weeks, first, last] of rows) {
		const month = monthOf(day);
		assert.equal(month.length, weeks, day);
		assert.equal(month[0][0], first);
		assert.equal(month.at(-1)?.[6], last);
		assert.equal(new Set(month.flat()).size, weeks * 7);
	}
});

test('a day begins at midnight, or where the clocks skip that, later', () => {
	assert.equal(startOf('2026-12-01', 'Europe/Berlin').toISOString(), '2026-11-30T23:00:00.000Z');
	assert.equal(startOf('2026-04-24', 'Africa/Cairo').toISOString(), '2026-04-23T22:00:00.000Z'); // at 01:00
	assert.equal(startOf('2011-12-30', 'Pacific/Apia').toISOString(), '2011-12-30T10:00:00.000Z'); // Samoa skipped the day
});

test('hours that the clocks skip are known', () => {
	assert.equal(skipped('2026-03-29', 2, 'Europe/Berlin'), true);
	assert.equal(skipped('2026-03-29', 3, 'Europe/Berlin'), false);
	assert.equal(skipped('2026-10-25', 2, 'Europe/Berlin'), false);
	assert.equal(skipped('2026-10-04', 2, 'Australia/Lord_Howe'), false); // only half of it
});

test('a post that is moved keeps its zone, and what is not moved of its wall time', () => {
	/** @type {(scheduled_at: string, zone: string) => {scheduled_at: string, zone: string}} */
	const post = (scheduled_at, zone) => ({ scheduled_at, zone });
	// 09:15 in Berlin, in winter; moved to a day in summer it is 09:15 there, too.
	assert.deepEqual(movedTo(post('2026-12-01T08:15:00Z', 'Europe/Berlin'), 'Europe/Berlin', '2027-06-01'), {
		at: '2027-06-01T09:15',
		zone: 'Europe/Berlin',
	});
	assert.deepEqual(movedTo(post('2026-12-01T08:15:00Z', 'Europe/Berlin'), 'Europe/Berlin', '2026-12-02', 7), {
		at: '2026-12-02T07:15',
		zone: 'Europe/Berlin',
	});
	// 09:00 in New York is 15:00 in a calendar of Berlin, and 14:00 while only New York has summer time.
	assert.deepEqual(movedTo(post('2026-03-02T14:00:00Z', 'America/New_York'), 'Europe/Berlin', '2026-03-10'), {
		at: '2026-03-10T09:00',
		zone: 'America/New_York',
	});
	assert.deepEqual(movedTo(post('2026-03-02T14:00:00Z', 'America/New_York'), 'Europe/Berlin', '2026-03-10', 14), {
		at: '2026-03-10T09:00',
		zone: 'America/New_York',
	});
	// 09:00 in Tokyo is the day before in New York: a day on there is a day on here.
	assert.deepEqual(movedTo(post('2026-12-02T00:00:00Z', 'Asia/Tokyo'), 'America/New_York', '2026-12-03'), {
		at: '2026-12-04T09:00',
		zone: 'Asia/Tokyo',
	});
	// An hour that the calendar's clocks skip is left to the API to refuse.
	assert.deepEqual(movedTo(post('2026-03-28T08:30:00Z', 'Asia/Tokyo'), 'Europe/Berlin', '2026-03-29', 2), {
		at: '2026-03-29T02:30',
		zone: 'Europe/Berlin',
	});
});
