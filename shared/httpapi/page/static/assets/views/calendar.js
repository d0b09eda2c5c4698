// The calendar: a month or a week; posts can be dragged to another time, or moved
// by a dialog.

import { budgetLine } from './budgets.js';
import { h, fill, button, icon } from '../lib/dom.js';
import { get, request, Problem, listAccounts } from '../lib/api.js';
import { confirmDialog, notice, problemSlot } from '../lib/ui.js';
import { count, money, statusWord, tone } from '../lib/words.js';
import { forAPI, instantOf, knownZone, showFull, showTime, wallOf } from '../lib/time.js';
import { addDays, addMonths, dayWords, monthOf, movedTo, skipped, startOf, weekOf } from '../lib/calendar.js';
import { listPosts } from '../lib/posts.js';
import { preferredZone, zoneInput } from '../lib/zone.js';
import { when } from '../compose/when.js';

/** What may get another time. */
const movable = new Set(['scheduled', 'missed']);

/** @type {import('../app.js').View} */
export async function show(main, { args: [kind, start], heading, signal }) {
	const accounts = (await listAccounts(signal)).accounts;
	const month = kind !== 'week';
	let zone = preferredZone(accounts);
	const today = () => wallOf(Date.now(), zone).slice(0, 10);
	const day = /^\d{4}-\d\d-\d\d$/.test(start ?? '') ? start : today();
	const step = (n) => `#/calendar/${month ? 'month' : 'week'}/${month ? addMonths(day, n) : addDays(day, 7 * n)}`;
	const slot = problemSlot('calendar-problem');
	const grid = h('div', { id: 'calendar-grid' });
	const price = h('p.quiet', { id: 'calendar-price' });

	const draw = async () => {
		const days = month ? monthOf(day).flat() : weekOf(day);
		const { posts, more } = await listPosts(
			{ from: startOf(days[0], zone).toISOString(), to: startOf(addDays(days.at(-1), 1), zone).toISOString() },
			signal,
			1000,
		);
		const shown = {
			zone,
			today: today(),
			accounts,
			move,
			posts: posts.sort((a, b) => a.scheduled_at.localeCompare(b.scheduled_at)),
		};
		fill(
			grid,
			month ? monthGrid(day, shown) : weekGrid(days, shown),
			posts.length === 0 && h('p.quiet', `Nothing is planned in this ${month ? 'month' : 'week'}.`),
			more && h('p.hint', 'There are more posts than are shown.'),
		);
		if (!month) morning(grid);
		if (month)
			get(`/v1/price?month=${day.slice(0, 7)}`, signal)
				.then((p) =>
					fill(
						price,
						`${count(p.posts, 'thread')} in ${dayWords(day, { month: 'long' })}: ${money(p.cost.total)} at X`,
						(p.budgets ?? []).map((b) => ` · ${budgetLine(b)}`),
					),
				)
				.catch(() => {});
	};
	/** Gives a post another time. The API refuses one that has passed; this says so without asking it. */
	const moveTo = async (post, at, inZone) => {
		const instant = instantOf(at, inZone);
		if (instant && instant.getTime() < Date.now())
			throw new Problem({
				code: 'page',
				detail: 'This time has passed.',
				todo: 'Choose a later one, or publish the post now from its own page.',
			});
		const { data } = await request('PATCH', `/v1/posts/${post.id}`, { body: { at: forAPI(at), zone: inZone } });
		notice(
			[`“${post.title}” now goes out ${showFull(data.scheduled_at, inZone)} (${inZone}).`, ...(data.notes ?? [])].join(
				' ',
			),
		);
		await draw();
	};
	const move = {
		drop: async (post, to, hour) => {
			slot.clear();
			const { at, zone: own } = movedTo(post, zone, to, hour);
			await moveTo(post, at, own).catch((e) => slot.show(e));
		},
		ask: (post) => {
			const own = post.zone || zone;
			const value = { at: wallOf(post.scheduled_at, own), zone: '' };
			const fields = when('move', value, () => own);
			confirmDialog({
				id: 'move',
				title: 'Move to another time',
				text: h('p', { dir: 'auto' }, post.title),
				fields: fields.node,
				yes: 'Move',
				work: async () => {
					const time = fields.check();
					if (!time)
						throw new Problem({
							code: 'page',
							detail: 'The time is not right yet.',
							todo: 'See what stands at the field.',
						});
					await moveTo(post, value.at, time.zone);
					document.getElementById(`move-${post.id}`)?.focus();
				},
			});
		},
	};

	main.append(
		heading(
			month
				? dayWords(day, { month: 'long', year: 'numeric' })
				: `Week of ${dayWords(weekOf(day)[0], { day: 'numeric', month: 'long', year: 'numeric' })}`,
			h(
				'div.switch',
				{ role: 'group', 'aria-label': 'Show' },
				h(
					'a.button.small',
					{ id: 'calendar-month', href: `#/calendar/month/${day}`, 'aria-current': month && 'true' },
					'Month',
				),
				h(
					'a.button.small',
					{ id: 'calendar-week', href: `#/calendar/week/${day}`, 'aria-current': !month && 'true' },
					'Week',
				),
			),
			h(
				'div.switch',
				{ role: 'group', 'aria-label': 'Go to' },
				h(
					'a.button.small',
					{ id: 'calendar-prev', href: step(-1), 'aria-label': month ? 'The month before' : 'The week before' },
					'←',
				),
				h('a.button.small', { id: 'calendar-today', href: `#/calendar/${month ? 'month' : 'week'}` }, 'Today'),
				h(
					'a.button.small',
					{ id: 'calendar-next', href: step(1), 'aria-label': month ? 'The next month' : 'The next week' },
					'→',
				),
			),
		),
		h(
			'div.calendar-bar',
			h('label', { for: 'calendar-zone' }, 'Times in'),
			zoneInput('calendar-zone', zone, (chosen) => {
				if (!knownZone(chosen))
					return slot.show(
						new Problem({
							code: 'page',
							detail: 'There is no time zone of this name.',
							todo: 'Choose one of the list, such as Europe/Berlin.',
						}),
					);
				slot.clear();
				localStorage.setItem('spool.zone', chosen);
				zone = chosen;
				draw().catch((e) => slot.show(e));
			}),
			price,
		),
		slot.node,
		grid,
	);
	await draw();
}

const weekdays = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];

function monthGrid(day, shown) {
	const month = day.slice(0, 7);
	return h(
		'table.month',
		h(
			'thead',
			h(
				'tr',
				weekdays.map((d) => h('th', { scope: 'col' }, h('span.long', d))),
			),
		),
		h(
			'tbody',
			monthOf(day).map((week) =>
				h(
					'tr',
					week.map((d) => {
						const posts = shown.posts.filter((p) => wallOf(p.scheduled_at, shown.zone).startsWith(d));
						const name = dayWords(d, { weekday: 'long', day: 'numeric', month: 'long' });
						const number = [
							h('span.sr', name),
							h('span', { 'aria-hidden': 'true', class: 'day-number' }, Number(d.slice(8))),
							h('span.day-name', { 'aria-hidden': 'true' }, name),
						];
						const cell = h(
							'td',
							{
								'data-day': d,
								class: `${d.startsWith(month) ? '' : 'other'} ${d === shown.today ? 'today' : ''} ${posts.length ? '' : 'none'}`,
							},
							h(
								'div.day-head',
								d >= shown.today
									? h(
											'a',
											{
												href: `#/compose?at=${d}T09:00&zone=${encodeURIComponent(shown.zone)}`,
												id: `day-${d}`,
												title: 'Write a thread for this day',
											},
											number,
										)
									: number,
							),
							posts.length > 0 &&
								h(
									'ul',
									posts.map((p) => item(p, shown)),
								),
						);
						return dropTarget(cell, shown, (post) => shown.move.drop(post, d));
					}),
				),
			),
		),
	);
}

function weekGrid(days, shown) {
	const at = (d, hour) => shown.posts.filter((p) => wallOf(p.scheduled_at, shown.zone).startsWith(`${d}T${hour}`));
	return h(
		'div.week-frame',
		{ tabindex: '0', role: 'region', 'aria-label': 'The week, hour by hour' },
		h(
			'table.week',
			h(
				'thead',
				h(
					'tr',
					h('th', { scope: 'col' }, h('span.sr', 'Hour')),
					days.map((d) =>
						h(
							'th',
							{ scope: 'col', class: d === shown.today ? 'today' : '' },
							dayWords(d, { weekday: 'short', day: 'numeric', month: 'short' }),
						),
					),
				),
			),
			h(
				'tbody',
				Array.from({ length: 24 }, (_, n) => {
					const hour = String(n).padStart(2, '0');
					return h(
						'tr',
						h('th', { scope: 'row' }, `${hour}:00`),
						days.map((d) => {
							const posts = at(d, hour);
							if (skipped(d, n, shown.zone))
								return h(
									'td.skipped',
									{ 'data-slot': `${d}T${hour}:00`, title: 'The clocks skip this hour' },
									h('span.sr', 'skipped by the clocks'),
								);
							return dropTarget(
								h(
									'td',
									{ 'data-slot': `${d}T${hour}:00`, class: d === shown.today ? 'today' : '' },
									posts.length > 0 &&
										h(
											'ul',
											posts.map((p) => item(p, shown)),
										),
								),
								shown,
								(post) => shown.move.drop(post, d, n),
							);
						}),
					);
				}),
			),
		),
	);
}

/** Shows a week from the morning on, and today where not all days fit. */
function morning(grid) {
	const frame = /** @type {HTMLElement} */ (grid.querySelector('.week-frame'));
	const rows = /** @type {NodeListOf<HTMLElement>} */ (frame.querySelectorAll('tbody tr'));
	frame.scrollTop = rows[7].offsetTop - rows[0].offsetTop;
	const today = /** @type {HTMLElement|null} */ (frame.querySelector('thead .today'));
	if (today) frame.scrollLeft = today.offsetLeft - 80;
}

/** One post in the grid. */
function item(post, shown) {
	const may = movable.has(post.status);
	const account = shown.accounts.length > 1 && shown.accounts.find((a) => a.id === post.account_id);
	const time = showTime(post.scheduled_at, shown.zone);
	return h(
		'li',
		{
			class: `item ${tone(post.status)}`,
			id: `item-${post.id}`,
			draggable: may ? 'true' : null,
			ondragstart: (e) => {
				e.dataTransfer.setData('application/x-spool-post', post.id);
				e.dataTransfer.effectAllowed = 'move';
			},
		},
		h(
			'a',
			{ href: `#/post/${post.id}`, draggable: 'false', title: `${statusWord(post.status)}: ${post.title}` },
			h('time', { datetime: post.scheduled_at }, time),
			' ',
			h('span', { dir: 'auto' }, post.title),
			account && ` @${account.username}`,
			h('span.sr', ` (${statusWord(post.status)})`),
		),
		may &&
			button(`move-${post.id}`, icon('move'), () => shown.move.ask(post), {
				class: 'plain',
				'aria-label': `Move “${post.title}” of ${time} to another time`,
				title: 'Move to another time',
			}),
	);
}

/** Lets posts be dropped on a cell. */
function dropTarget(cell, shown, dropped) {
	cell.addEventListener('dragover', (e) => {
		if (!e.dataTransfer.types.includes('application/x-spool-post')) return;
		e.preventDefault();
		cell.classList.add('drop');
	});
	cell.addEventListener('dragleave', (e) => !cell.contains(e.relatedTarget) && cell.classList.remove('drop'));
	cell.addEventListener('drop', (e) => {
		e.preventDefault();
		cell.classList.remove('drop');
		const post = shown.posts.find((p) => p.id === e.dataTransfer.getData('application/x-spool-post'));
		if (post) dropped(post);
	});
	return cell;
}
