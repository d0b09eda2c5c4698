// The accounts: how they are, and what can be set.

import { h, fill, button, check, field } from '../lib/dom.js';
import { request, listAccounts } from '../lib/api.js';
import { confirmDialog, empty, form, notice } from '../lib/ui.js';
import { count, todoOf } from '../lib/words.js';
import { localZone, relative, showFull } from '../lib/time.js';
import { zoneInput } from '../lib/zone.js';
import { avatar } from '../compose/card.js';
import { pauseBox } from '../lib/pauses.js';
import { drawBudgets } from './budgets.js';
import { connectButton } from './setup.js';

const healths = {
	connected: ['good', 'Connected'],
	reconnect_required: ['bad', 'Needs connecting again'],
	disconnected: ['still', 'Disconnected'],
};

/** @type {import('../app.js').View} */
export async function show(main, { heading, signal }) {
	const list = h('div', { id: 'accounts' });
	const more = h('div', { id: 'accounts-more' }, connectButton('accounts-connect', 'Connect an account'));
	const money = h('div', { id: 'accounts-budgets' });
	main.append(heading('Accounts', more), list, money);
	const draw = async () => {
		const all = await listAccounts(signal);
		const { accounts } = all;
		await drawBudgets(money, accounts, signal);
		fill(
			list,
			all.pause && pauseBox(all.pause, draw),
			accounts.length
				? accounts.map((a) => panel(a, draw))
				: empty(
						'No account is connected.',
						h('p', 'The ', h('a', { href: '#/setup', id: 'accounts-setup' }, 'setup'), ' leads you through it.'),
					),
		);
	};
	await draw();
}

/** One account. */
function panel(a, draw) {
	const [look, word] =
		a.pause && a.health === 'connected'
			? ['soon', a.pause.sub_status === 'paused' ? 'Paused' : 'Waits for X’s limit']
			: (healths[a.health] ?? ['still', a.health]);
	const here = localZone();
	const name = `@${a.username}`;
	return h(
		'section.panel.account',
		{ id: `account-${a.id}`, 'aria-labelledby': `account-${a.id}-name` },
		h(
			'div.account-head',
			avatar(a),
			h('div', h('h2', { id: `account-${a.id}-name` }, a.name), h('p.quiet', name)),
			h('span', { class: `chip ${look}`, 'data-health': a.health }, word),
		),
		a.pause && pauseBox(a.pause, draw),
		a.reason && h('div.problem', h('p', a.reason.sentence), todoOf(a.reason) && h('p.todo', todoOf(a.reason))),
		a.missing_scopes?.length > 0 &&
			h(
				'p.warn',
				`Not allowed on X: ${a.missing_scopes.join(', ')}. Connect it again and allow everything, or do without what needs them.`,
			),
		h(
			'dl.facts',
			fact('Connected', showFull(a.connected_at, here)),
			a.health !== 'connected' && fact('Like this since', showFull(a.since, here)),
			a.refresh_at &&
				fact(
					'Tokens renewed',
					`${a.refreshed_at ? `${relative(a.refreshed_at, Date.now())}; ` : ''}next ${relative(a.refresh_at, Date.now())}`,
				),
			a.refresh_failures > 0 && fact('Renewal failed', `${count(a.refresh_failures, 'time')} in a row`),
			fact('Allowed on X', a.scopes.join(', ') || 'nothing'),
		),
		h('details', h('summary', { id: `account-${a.id}-settings` }, 'Settings of this account'), settings(a, draw)),
		h(
			'div.actions',
			connectButton(
				`reconnect-${a.id}`,
				a.health === 'disconnected' ? `Connect ${name}` : 'Connect again',
				a.health === 'connected' ? '' : 'primary',
			),
			a.health !== 'disconnected' &&
				button(
					`disconnect-${a.id}`,
					'Disconnect',
					() =>
						confirmDialog({
							id: 'disconnect-dialog',
							title: `Disconnect ${name}?`,
							text: 'Spool gives its access back to X and destroys the tokens. Scheduled posts wait until the account is connected again; the history stays.',
							yes: 'Disconnect',
							danger: true,
							work: async () => {
								await request('DELETE', `/v1/accounts/${a.id}`);
								notice(`${name} is disconnected.`);
								await draw();
							},
						}),
					{ class: 'danger' },
				),
		),
	);
}

const fact = (name, value) => [h('dt', name), h('dd', value)];

/** What can be set of an account. */
function settings(a, draw) {
	const id = `account-${a.id}`;
	const zone = zoneInput(`${id}-zone`, a.zone);
	const limit = h('input', { id: `${id}-limit`, type: 'number', min: 25, max: 25000, value: a.limit, required: true });
	const late = h('input', {
		id: `${id}-lateness`,
		type: 'number',
		min: 1,
		value: a.lateness_seconds ? a.lateness_seconds / 60 : 60,
		step: 'any',
		disabled: !a.lateness_seconds,
	});
	const ever = check(
		{ id: `${id}-ever`, checked: !a.lateness_seconds, onchange: (e) => (late.disabled = e.target.checked) },
		'However late',
	);
	const work = async () => {
		await request('PATCH', `/v1/accounts/${a.id}`, {
			body: {
				zone: zone.value.trim(),
				limit: Number(limit.value),
				lateness_seconds: late.disabled ? 0 : Math.round(Number(late.value) * 60),
			},
		});
		notice(`The settings of @${a.username} are saved.`);
		await draw();
	};
	return form(
		{ id: `${id}-form`, submit: [`${id}-save`, 'Save'], work, controls: { zone, limit, lateness_seconds: late } },
		field(zone, 'Time zone', 'Of times that name none.'),
		field(limit, 'Characters in a tweet', '280; up to 25000 with X Premium.'),
		field(late, 'How late a post may start, in minutes', 'After that it counts as missed and is not posted.'),
		ever,
	);
}
