// The calendar: a month or a week; posts can be dragged to another time, or moved
// by a dialog.

/** @import {Shown, Timed} from './grid.js' */

import { budgetLine } from './budgets.js';
import { h, fill } from '../lib/dom.js';
import { act, call, Problem, listAccounts } from '../lib/api.js';
import { notice, problemSlot } from '../lib/ui.js';
import { count, money } from '../lib/words.js';
import { forAPI, instantOf, knownZone, wallOf } from '../lib/time.js';
import { addDays, addMonths, dayWords, monthOf, movedTo, startOf, weekOf } from '../lib/calendar.js';
import { listPosts } from '../lib/posts.js';
import { scheduleDialog } from '../lib/actions.js';
import { offered, told } from '../lib/offers.js';
import { preferredZone, unknownZone, zoneInput } from '../lib/zone.js';
import { monthGrid, morning, weekGrid } from './grid.js';

/** @type {import('../app.js').View} */
export async function show(main, { args: [kind, start], heading, signal }) {
	const { accounts } = await listAccounts(signal);
	const month = kind !== 'week';
	let zone = preferredZone(accounts);
	const today = () => wallOf(Date.now(), zone).slice(0, 10);
	const day = /^\d{4}-\d\d-\d\d$/.test(start ?? '') ? start : today();
	const slot = problemSlot('calendar-problem');
	const grid = h('div', { id: 'calendar-grid' });
	const price = h('p.quiet', { id: 'calendar-price' });

	const draw = async () => {
		const { posts, more } = await postsOf(month ? monthOf(day).flat() : weekOf(day), zone, signal);
		/** @type {Shown} */
		const shown = { zone, today: today(), accounts, posts, drop, ask };
		fill(
			grid,
			month ? monthGrid(day, shown) : weekGrid(weekOf(day), shown),
			posts.length === 0 && h('p.quiet', `Nothing is planned for this ${month ? 'month' : 'week'}.`),
			more && h('p.hint', 'There are more posts than shown here.'),
		);
		if (month) showPrice(price, day, signal);
		else morning(grid);
	};
	/** @type {(post: Timed, time: {at: string, zone: string}) => Promise<void>} */
	const move = async (post, time) => {
		await reschedule(post, time);
		await draw();
	};
	/** @type {Shown['drop']} */
	const drop = (post, to, hour) => {
		slot.clear();
		const { at, zone: own } = movedTo(post, zone, to, hour);
		return move(post, { at: forAPI(at), zone: own }).catch(slot.show);
	};
	/** @type {Shown['ask']} */
	const ask = (post) => scheduleDialog(post, { title: 'Move to another time', work: (time) => move(post, time) });
	/** @type {(chosen: string) => void} */
	const choose = (chosen) => {
		if (!knownZone(chosen)) return slot.show(new Problem({ code: 'page', detail: unknownZone }));
		slot.clear();
		localStorage.setItem('spool.zone', chosen);
		zone = chosen;
		draw().catch(slot.show);
	};

	main.append(
		heading(titleOf(month, day), shownSwitch(month, day), steps(month, day)),
		h(
			'div.calendar-bar',
			h('label', { for: 'calendar-zone' }, 'Time zone'),
			zoneInput('calendar-zone', zone, choose),
			price,
		),
		slot.node,
		grid,
	);
	await draw();
}

/** How many posts of a week are read at most. */
const mostOfWeek = 700;

/**
 * The posts of some weeks, by their time. The weeks are read side by side.
 * @param {string[]} days
 * @param {string} zone
 * @param {AbortSignal} signal
 */
async function postsOf(days, zone, signal) {
	const mondays = days.filter((_, i) => i % 7 === 0);
	const weeks = await Promise.all(
		mondays.map((monday) => {
			const [from, to] = [startOf(monday, zone), startOf(addDays(monday, 7), zone)];
			const span = { from: from.toISOString(), to: to.toISOString() };
			return listPosts({ ...span, order: 'earliest' }, signal, mostOfWeek);
		}),
	);
	const timed = weeks.flatMap(({ posts }) =>
		posts.flatMap((p) => (p.scheduled_at ? [{ ...p, scheduled_at: p.scheduled_at }] : [])),
	);
	timed.sort((a, b) => a.scheduled_at.localeCompare(b.scheduled_at));
	return { posts: timed, more: weeks.some((w) => w.more) };
}

/**
 * Gives a post another time. The API takes one that has just passed for a late start;
 * here it is taken for a slip.
 * @param {Timed} post
 * @param {{at: string, zone: string}} time
 */
async function reschedule(post, time) {
	const instant = instantOf(time.at.replace(' ', 'T'), time.zone);
	const action = offered(post, 'schedule');
	if (!action || (instant && instant.getTime() < Date.now())) {
		throw new Problem({
			code: 'page',
			detail: 'This time has passed.',
			todo: 'Choose a later one, or open the post and publish it now.',
		});
	}
	const moved = await act(action, { body: time });
	notice([told('schedule', moved), ...(moved?.notes ?? [])].join(' '));
}

/**
 * What the month's posts cost; the calendar shows without it too.
 * @param {Element} place
 * @param {string} day
 * @param {AbortSignal} signal
 */
async function showPrice(place, day, signal) {
	const price = await call('GET /v1/price', { query: { month: day.slice(0, 7) }, signal }).catch(() => null);
	if (!price) return;
	fill(
		place,
		`${count(price.posts, 'post')} in ${dayWords(day, { month: 'long' })}: X charges ${money(price.cost.total)}`,
		(price.budgets ?? []).map((b) => ` · ${budgetLine(b)}`),
	);
}

/**
 * @param {boolean} month
 * @param {string} day
 */
function titleOf(month, day) {
	if (month) return dayWords(day, { month: 'long', year: 'numeric' });
	return `Week of ${dayWords(weekOf(day)[0], { day: 'numeric', month: 'long', year: 'numeric' })}`;
}

/**
 * The choice between a month and a week.
 * @param {boolean} month
 * @param {string} day
 */
function shownSwitch(month, day) {
	/** @type {(kind: string, label: string, current: boolean) => HTMLElement} */
	const link = (kind, label, current) =>
		h(
			'a.button.small',
			{ id: `calendar-${kind}`, href: `#/calendar/${kind}/${day}`, 'aria-current': current && 'true' },
			label,
		);
	return h(
		'div.switch',
		{ role: 'group', 'aria-label': 'Show' },
		link('month', 'Month', month),
		link('week', 'Week', !month),
	);
}

/**
 * The links to what is before and after.
 * @param {boolean} month
 * @param {string} day
 */
function steps(month, day) {
	const kind = month ? 'month' : 'week';
	/** @type {(n: number) => string} */
	const to = (n) => `#/calendar/${kind}/${month ? addMonths(day, n) : addDays(day, 7 * n)}`;
	return h(
		'div.switch',
		{ role: 'group', 'aria-label': 'Go to' },
		h('a.button.small', { id: 'calendar-prev', href: to(-1), 'aria-label': `Previous ${kind}` }, '←'),
		h('a.button.small', { id: 'calendar-today', href: `#/calendar/${kind}` }, 'Today'),
		h('a.button.small', { id: 'calendar-next', href: to(1), 'aria-label': `Next ${kind}` }, '→'),
	);
}
