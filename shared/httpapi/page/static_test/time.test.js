import test from 'node:test';
import assert from 'node:assert/strict';
import { instantOf, knownZone, relative, shownTwice, wallOf } from '../static/assets/lib/time.js';

/** @type {(wall: string, zone: string) => string|null} */
const iso = (wall, zone) => instantOf(wall, zone)?.toISOString() ?? null;

test('a wall time is an instant', async (t) => {
	// From the IANA database; the clocks change on the days named.
	/** @type {Array<[zone: string, wall: string, want: string|null]>} */
	const rows = [
		['UTC', '2026-12-01T09:00', '2026-12-01T09:00:00.000Z'],
		['Europe/Berlin', '2026-12-01T09:00', '2026-12-01T08:00:00.000Z'],
		['Europe/Berlin', '2026-07-01T09:00', '2026-07-01T07:00:00.000Z'],
		['Europe/Berlin', '2026-03-29T01:59', '2026-03-29T00:59:00.000Z'], // the last minute before
		['Europe/Berlin', '2026-03-29T02:30', null], // skipped
		['Europe/Berlin', '2026-03-29T03:00', '2026-03-29T01:00:00.000Z'],
		['Europe/Berlin', '2026-10-25T02:30', '2026-10-25T00:30:00.000Z'], // shown twice: the earlier
		['America/New_York', '2026-11-01T01:30', '2026-11-01T05:30:00.000Z'], // shown twice
		['America/New_York', '2026-03-08T02:00', null], // skipped
		['Asia/Kathmandu', '2026-01-01T00:00', '2025-12-31T18:15:00.000Z'], // 5:45 ahead
		['Australia/Lord_Howe', '2026-10-04T02:15', null], // half an hour is skipped
		['Australia/Lord_Howe', '2026-04-05T01:45', '2026-04-04T14:45:00.000Z'], // half an hour is shown twice
		['Pacific/Kiritimati', '2026-01-01T00:00', '2025-12-31T10:00:00.000Z'], // 14 hours ahead
		['Pacific/Pago_Pago', '2026-01-01T00:00', '2026-01-01T11:00:00.000Z'], // 11 hours behind
	];
	for (const [zone, wall, want] of rows) await t.test(`${wall} in ${zone}`, () => assert.equal(iso(wall, zone), want));
});

test('an instant that the clocks show once comes back from its wall time', () => {
	for (const zone of [
		'Europe/Berlin',
		'America/St_Johns',
		'Asia/Tehran',
		'Africa/Casablanca',
		'Australia/Lord_Howe',
		'UTC',
	]) {
		for (let t = Date.UTC(2026, 0, 1); t < Date.UTC(2027, 0, 1); t += 5 * 3600e3 + 17 * 60e3) {
			const wall = wallOf(t, zone);
			const back = instantOf(wall, zone)?.getTime();
			if (back !== t)
				assert.ok(
					shownTwice(wall, zone) && wallOf(back ?? 0, zone) === wall,
					`${wall} in ${zone} is ${back}, not ${t}`,
				);
		}
	}
});

test('midnight is the hour 00', () => assert.equal(wallOf('2026-01-01T00:00:00Z', 'UTC'), '2026-01-01T00:00'));

test('what the clocks show twice is known', () => {
	assert.equal(shownTwice('2026-10-25T02:30', 'Europe/Berlin'), true);
	assert.equal(shownTwice('2026-10-25T03:00', 'Europe/Berlin'), false);
	assert.equal(shownTwice('2026-04-05T01:45', 'Australia/Lord_Howe'), true);
	assert.equal(shownTwice('2026-03-29T02:30', 'Europe/Berlin'), false);
});

test('what is no time is no instant', () => {
	assert.equal(instantOf('', 'UTC'), null);
	assert.equal(instantOf('2026-13-01T00:00', 'UTC'), null);
});

test('zones are known by their IANA names', () => {
	assert.equal(knownZone('Europe/Berlin'), true);
	assert.equal(knownZone('Berlin'), false);
	assert.equal(knownZone(''), false);
});

test('how long it is is said in words', () => {
	const now = Date.UTC(2026, 0, 1);
	/** @type {Array<[seconds: number, want: string]>} */
	const rows = [
		[3, 'now'],
		[60, 'in 60 seconds'],
		[-1, 'now'],
		[-89, '89 seconds ago'],
		[100, 'in 2 minutes'],
		[3600, 'in 60 minutes'],
		[7200, 'in 2 hours'],
		[-86400, '24 hours ago'],
		[3 * 86400, 'in 3 days'],
	];
	for (const [seconds, want] of rows) assert.equal(relative(now + seconds * 1000, now), want);
});
