// What X may charge in a month.

import { h, fill, field, select } from '../lib/dom.js';
import { get, request } from '../lib/api.js';
import { form, notice } from '../lib/ui.js';
import { money } from '../lib/words.js';

/** How a budget stands. @param {any} b */
export const budgetLine = (b) =>
	`${b.username ? `@${b.username}` : 'All accounts'}: ${money(b.spent)} of ${money(b.monthly)} spent, ${money(b.left)} left`;

/**
 * Shows the budgets, and the form that sets one. Who may not see them sees nothing.
 * @param {Element} place
 * @param {any[]} accounts
 * @param {AbortSignal} signal
 */
export async function drawBudgets(place, accounts, signal) {
	const list = await get('/v1/budget', signal).catch(() => null);
	if (!list) return fill(place);
	const amount = h('input', {
		id: 'budget-amount',
		type: 'number',
		min: 0,
		step: 'any',
		inputmode: 'decimal',
		required: true,
	});
	const whose = select({ id: 'budget-account' }, [
		['', 'All accounts together'],
		...accounts.map((a) => [a.id, `@${a.username}`]),
	]);
	const work = async () => {
		const account = whose.value ? { account_id: whose.value } : {};
		await request('PUT', '/v1/budget', { body: { ...account, monthly: Number(amount.value).toFixed(6) } });
		notice(
			Number(amount.value) ? 'The budget is set. What waited for it goes on where it suffices.' : 'The budget is gone.',
		);
		await drawBudgets(place, accounts, signal);
	};
	fill(
		place,
		h(
			'section.panel.account',
			{ 'aria-labelledby': 'budget-title' },
			h('h2', { id: 'budget-title' }, 'What X may charge in a month'),
			h(
				'p.hint',
				'A thread that costs more than what is left does not begin: it waits until the budget is raised or the next month begins (UTC). One that has begun always goes on.',
			),
			list.budgets.length
				? h(
						'ul',
						{ id: 'budgets' },
						list.budgets.map((b) => h('li', budgetLine(b))),
					)
				: h('p.quiet', 'There is no budget.'),
			form(
				{
					id: 'budget-form',
					submit: ['budget-save', 'Set the budget'],
					work,
					controls: { monthly: amount, account_id: whose },
				},
				field(whose, 'Whose'),
				field(amount, 'Dollars a month', '0 ends the budget.'),
			),
		),
	);
}
