// Days, weeks and months as a calendar shows them. Pure. A day is text such as
// 2026-12-01; the week begins on Monday.

import { instantOf, wallOf } from './time.js';

/** @param {string} day */
const utc = (day) => new Date(`${day}T00:00:00Z`);

/** @param {Date} date */
const dayOf = (date) => date.toISOString().slice(0, 10);

/** @param {string} day @param {number} n */
export function addDays(day, n) {
	const d = utc(day);
	d.setUTCDate(d.getUTCDate() + n);
	return dayOf(d);
}

/** The first day of the month that is n months on. @param {string} day @param {number} n */
export function addMonths(day, n) {
	const d = utc(`${day.slice(0, 7)}-01`);
	d.setUTCMonth(d.getUTCMonth() + n);
	return dayOf(d);
}

/** The week of a day. @param {string} day @returns {string[]} */
export function weekOf(day) {
	const monday = addDays(day, -((utc(day).getUTCDay() + 6) % 7));
	return [0, 1, 2, 3, 4, 5, 6].map((n) => addDays(monday, n));
}

/** The whole weeks that show the month of a day. @param {string} day @returns {string[][]} */
export function monthOf(day) {
	const weeks = [];
	const last = addDays(addMonths(day, 1), -1);
	for (let monday = weekOf(addMonths(day, 0))[0]; monday <= last; monday = addDays(monday, 7))
		weeks.push(weekOf(monday));
	return weeks;
}

/**
 * When a day begins in a zone. Where the clocks skip midnight it begins later.
 * @param {string} day @param {string} zone @returns {Date}
 */
export function startOf(day, zone) {
	for (const time of ['00:00', '00:30', '01:00', '02:00', '03:00']) {
		const instant = instantOf(`${day}T${time}`, zone);
		if (instant) return instant;
	}
	return startOf(addDays(day, 1), zone); // a zone that changed sides of the date line skipped the day
}

/** Whether the clocks of a zone skip an hour of a day. @param {string} day @param {number} hour @param {string} zone */
export function skipped(day, hour, zone) {
	const h = String(hour).padStart(2, '0');
	return instantOf(`${day}T${h}:00`, zone) === null && instantOf(`${day}T${h}:30`, zone) === null;
}

/**
 * The wall time of a post that is moved in a calendar of a zone. The time is one of
 * the post's own zone, which stays. To another day it is moved by whole days, so
 * that its time of day stays as well; to an hour, to that hour of the calendar.
 * @param {{scheduled_at: string, zone?: string}} post @param {string} zone @param {string} day @param {number} [hour]
 * @returns {{at: string, zone: string}}
 */
export function movedTo(post, zone, day, hour) {
	const own = post.zone || zone;
	const shown = wallOf(post.scheduled_at, zone);
	if (hour === undefined) {
		const days = Math.round((utc(day).getTime() - utc(shown.slice(0, 10)).getTime()) / 864e5);
		const wall = wallOf(post.scheduled_at, own);
		return { at: `${addDays(wall.slice(0, 10), days)}${wall.slice(10)}`, zone: own };
	}
	const at = `${day}T${String(hour).padStart(2, '0')}${shown.slice(13)}`;
	const instant = instantOf(at, zone);
	return instant ? { at: wallOf(instant, own), zone: own } : { at, zone };
}

/** @param {string} day @param {Intl.DateTimeFormatOptions} style */
export const dayWords = (day, style) =>
	new Intl.DateTimeFormat('en-GB', { ...style, timeZone: 'UTC' }).format(utc(day));
