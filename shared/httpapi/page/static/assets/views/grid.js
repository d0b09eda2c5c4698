// The grids of the calendar, in which posts can be dragged.

import { h, button, icon } from '../lib/dom.js';
import { offered } from '../lib/offers.js';
import { tone } from '../lib/words.js';
import { showTime, wallOf } from '../lib/time.js';
import { dayWords, monthOf, skipped } from '../lib/calendar.js';

/**
 * A post that has its time.
 * @typedef {API.Post & {scheduled_at: string}} Timed
 *
 * What is shown.
 * @typedef {object} Shown
 * @property {string} zone
 * @property {string} today
 * @property {API.Account[]} accounts
 * @property {Timed[]} posts by their time
 * @property {(post: Timed, day: string, hour?: number) => unknown} drop moves a post to a day, or to an hour of it
 * @property {(post: Timed) => unknown} ask asks for another time
 */

const weekdays = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];

/** How many posts of a day the month shows; the others at a press. */
const mostOfDay = 4;

/**
 * The posts by when they are, on the wall.
 * @param {Shown} shown
 * @param {number} length of 2026-12-01T09, as far as it counts
 */
function byTime({ posts, zone }, length) {
	/** @type {Map<string, Timed[]>} */
	const all = new Map();
	for (const p of posts) {
		const at = wallOf(p.scheduled_at, zone).slice(0, length);
		const there = all.get(at);
		if (there) there.push(p);
		else all.set(at, [p]);
	}
	return all;
}

/**
 * @param {string} day
 * @param {Shown} shown
 */
export function monthGrid(day, shown) {
	const days = byTime(shown, 10);
	const titles = weekdays.map((d) => h('th', { scope: 'col' }, h('span.long', d)));
	const weeks = monthOf(day).map((week) => {
		const cells = week.map((d) => dayCell(d, d.startsWith(day.slice(0, 7)), days.get(d) ?? [], shown));
		return h('tr', cells);
	});
	return h('table.month', h('thead', h('tr', titles)), h('tbody', weeks));
}

/**
 * @param {string} day
 * @param {boolean} within the month
 * @param {Timed[]} posts of the day
 * @param {Shown} shown
 */
function dayCell(day, within, posts, shown) {
	const name = dayWords(day, { weekday: 'long', day: 'numeric', month: 'long' });
	const number = [
		h('span.sr', name),
		h('span.day-number', { 'aria-hidden': 'true' }, Number(day.slice(8))),
		h('span.day-name', { 'aria-hidden': 'true' }, name),
	];
	const href = `#/compose?at=${day}T09:00&zone=${encodeURIComponent(shown.zone)}`;
	const head =
		day < shown.today ? number : h('a', { href, id: `day-${day}`, title: 'Write a thread for this day' }, number);
	const look = [within ? '' : 'other', day === shown.today ? 'today' : '', posts.length ? '' : 'none'].join(' ');
	const cell = h('td', { 'data-day': day, class: look }, h('div.day-head', head), firstItems(day, posts, shown));
	return dropTarget(cell, shown, (post) => shown.drop(post, day));
}

/**
 * @param {string[]} days
 * @param {Shown} shown
 */
export function weekGrid(days, shown) {
	const hoursOf = byTime(shown, 13);
	const titles = days.map((d) => {
		const look = d === shown.today ? 'today' : '';
		return h('th', { scope: 'col', class: look }, dayWords(d, { weekday: 'short', day: 'numeric', month: 'short' }));
	});
	const hours = Array.from({ length: 24 }, (_, n) => {
		const cells = days.map((d) => hourCell(d, n, hoursOf, shown));
		return h('tr', h('th', { scope: 'row' }, `${String(n).padStart(2, '0')}:00`), cells);
	});
	return h(
		'div.week-frame',
		{ tabindex: '0', role: 'region', 'aria-label': 'The week, hour by hour' },
		h('table.week', h('thead', h('tr', h('th', { scope: 'col' }, h('span.sr', 'Hour')), titles)), h('tbody', hours)),
	);
}

/**
 * @param {string} day
 * @param {number} hour
 * @param {Map<string, Timed[]>} hours the posts by their hours
 * @param {Shown} shown
 */
function hourCell(day, hour, hours, shown) {
	const slot = `${day}T${String(hour).padStart(2, '0')}`;
	if (skipped(day, hour, shown.zone)) {
		const title = 'The clocks skip this hour';
		return h('td.skipped', { 'data-slot': `${slot}:00`, title }, h('span.sr', title));
	}
	const posts = hours.get(slot) ?? [];
	const look = day === shown.today ? 'today' : '';
	const cell = h('td', { 'data-slot': `${slot}:00`, class: look }, items(posts, shown));
	return dropTarget(cell, shown, (post) => shown.drop(post, day, hour));
}

/**
 * The posts of a day: the first ones of very many, and a button for the others.
 * @param {string} day
 * @param {Timed[]} posts
 * @param {Shown} shown
 */
function firstItems(day, posts, shown) {
	const first = items(posts.slice(0, mostOfDay), shown);
	const rest = posts.slice(mostOfDay);
	if (!first || rest.length === 0) return first;
	const more = button(
		`more-${day}`,
		`${rest.length} more`,
		() => {
			more.remove();
			first.append(...rest.map((p) => item(p, shown)));
			document.getElementById(`item-${rest[0].id}`)?.querySelector('a')?.focus();
		},
		{
			class: 'plain small',
			'aria-label': `Show ${rest.length} more of ${dayWords(day, { day: 'numeric', month: 'long' })}`,
		},
	);
	return [first, more];
}

/**
 * @param {Timed[]} posts
 * @param {Shown} shown
 */
function items(posts, shown) {
	const all = posts.map((p) => item(p, shown));
	return all.length > 0 && h('ul', all);
}

/**
 * Shows a week from the morning on, and today where not all days fit.
 * @param {Element} grid
 */
export function morning(grid) {
	const frame = /** @type {HTMLElement} */ (grid.querySelector('.week-frame'));
	const rows = /** @type {NodeListOf<HTMLElement>} */ (frame.querySelectorAll('tbody tr'));
	frame.scrollTop = rows[7].offsetTop - rows[0].offsetTop;
	const today = /** @type {HTMLElement|null} */ (frame.querySelector('thead .today'));
	if (today) frame.scrollLeft = today.offsetLeft - 80;
}

/**
 * What may be dragged. A drag takes no cancellation back: that is to be meant.
 * @param {Timed} post
 */
const movable = (post) => post.status !== 'cancelled' && offered(post, 'schedule') !== undefined;

/**
 * One post in the grid.
 * @param {Timed} post
 * @param {Shown} shown
 */
function item(post, shown) {
	const may = movable(post);
	const account = shown.accounts.length > 1 && shown.accounts.find((a) => a.id === post.account_id);
	const time = showTime(post.scheduled_at, shown.zone);
	return h(
		'li',
		{
			class: `item ${tone(post)}`,
			id: `item-${post.id}`,
			draggable: may ? 'true' : null,
			ondragstart: (e) => {
				if (!e.dataTransfer) return;
				e.dataTransfer.setData('application/x-spool-post', post.id);
				e.dataTransfer.effectAllowed = 'move';
			},
		},
		h(
			'a',
			{ href: `#/post/${post.id}`, draggable: 'false', title: `${post.label}: ${post.title}` },
			h('time', { datetime: post.scheduled_at }, time),
			' ',
			h('span', { dir: 'auto' }, post.title),
			account && ` @${account.username}`,
			h('span.sr', ` (${post.label})`),
		),
		may &&
			button(`move-${post.id}`, icon('move'), () => shown.ask(post), {
				class: 'plain',
				'aria-label': `Move “${post.title}” of ${time} to another time`,
				title: 'Move to another time',
			}),
	);
}

/**
 * Lets posts be dropped on a cell.
 * @param {HTMLElement} cell
 * @param {Shown} shown
 * @param {(post: Timed) => unknown} dropped
 */
function dropTarget(cell, shown, dropped) {
	cell.addEventListener('dragover', (e) => {
		if (!e.dataTransfer?.types.includes('application/x-spool-post')) return;
		e.preventDefault();
		cell.classList.add('drop');
	});
	cell.addEventListener('dragleave', (e) => {
		if (!(e.relatedTarget instanceof Node && cell.contains(e.relatedTarget))) cell.classList.remove('drop');
	});
	cell.addEventListener('drop', (e) => {
		e.preventDefault();
		cell.classList.remove('drop');
		const post = shown.posts.find((p) => p.id === e.dataTransfer?.getData('application/x-spool-post'));
		if (post) dropped(post);
	});
	return cell;
}
