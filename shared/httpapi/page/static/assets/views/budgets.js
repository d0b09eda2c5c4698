// What X may charge in a month.

import { h, fill, field, select } from '../lib/dom.js';
import { call } from '../lib/api.js';
import { form, notice } from '../lib/ui.js';
import { money } from '../lib/words.js';

/**
 * How a budget stands.
 * @param {API.Budget} b
 */
export function budgetLine(b) {
	const whose = b.username ? `@${b.username}` : 'All accounts';
	return `${whose}: ${money(b.spent)} of ${money(b.monthly)} spent, ${money(b.left)} left`;
}

/**
 * Shows the budgets, and the form that sets one. Who may not see them sees nothing.
 * @param {Element} place
 * @param {API.Account[]} accounts
 * @param {AbortSignal} signal
 * @returns {Promise<void>}
 */
export async function drawBudgets(place, accounts, signal) {
	const list = await call('GET /v1/budget', { signal }).catch(() => null);
	if (!list) return fill(place);
	const lines = list.budgets.map((b) => h('li', budgetLine(b)));
	return fill(
		place,
		h(
			'section.panel.account',
			{ 'aria-labelledby': 'budget-title' },
			h('h2', { id: 'budget-title' }, 'Monthly budget'),
			h(
				'p.hint',
				'A thread that costs more than what is left does not start: it waits until you raise the budget, ' +
					'or until the next month begins (UTC). A thread that has started is always finished.',
			),
			lines.length ? h('ul', { id: 'budgets' }, lines) : h('p.quiet', 'There is no budget.'),
			budgetForm(accounts, () => drawBudgets(place, accounts, signal)),
		),
	);
}

/**
 * @param {API.Account[]} accounts
 * @param {() => Promise<unknown>} draw
 */
function budgetForm(accounts, draw) {
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
		...accounts.map((a) => /** @type {[string, string]} */ ([a.id, `@${a.username}`])),
	]);
	const work = async () => {
		const account = whose.value ? { account_id: whose.value } : {};
		await call('PUT /v1/budget', { body: { ...account, monthly: Number(amount.value).toFixed(6) } });
		const some = Number(amount.value) > 0;
		notice(some ? 'The budget is saved. Posts that waited go out if it covers them.' : 'The budget is removed.');
		await draw();
	};
	return form(
		{
			id: 'budget-form',
			submit: ['budget-save', 'Save the budget'],
			work,
			controls: { monthly: amount, account_id: whose },
		},
		field(whose, 'For'),
		field(amount, 'Dollars per month', '0 removes the budget.'),
	);
}
