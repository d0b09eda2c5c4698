// The accounts: how they are, and what can be set.

import { h, box, fill, button, check, field } from '../lib/dom.js';
import { call, listAccounts } from '../lib/api.js';
import { confirmDialog, empty, form, notice } from '../lib/ui.js';
import { count } from '../lib/words.js';
import { localZone, relative, showFull } from '../lib/time.js';
import { zoneInput } from '../lib/zone.js';
import { avatar } from '../compose/card.js';
import { pauseBox } from '../lib/pauses.js';
import { drawBudgets } from './budgets.js';
import { connectButton } from './setup.js';

/** @type {Record<API.Account['health'], [look: string, word: string]>} */
const healths = {
	connected: ['good', 'Connected'],
	reconnect_required: ['bad', 'Needs to be reconnected'],
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
			accounts.length ? accounts.map((a) => panel(a, draw)) : noAccount(),
		);
	};
	await draw();
}

const noAccount = () =>
	empty(
		'No account is connected yet.',
		h('p', 'The ', h('a', { href: '#/setup', id: 'accounts-setup' }, 'setup'), ' walks you through it.'),
	);

/**
 * How an account is: how it looks, and in a word.
 * @param {API.Account} a
 */
function stateOf({ health, pause }) {
	if (!pause || health !== 'connected') return healths[health];
	return ['soon', pause.sub_status === 'paused' ? 'Paused' : 'Rate limited'];
}

/**
 * One account.
 * @param {API.Account} a
 * @param {() => Promise<unknown>} draw
 */
function panel(a, draw) {
	const [look, word] = stateOf(a);
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
		a.reason && h('div.problem', h('p', a.reason.sentence), a.reason.todo && h('p.todo', a.reason.todo)),
		a.missing_scopes?.length && h('p.warn', missing(a.missing_scopes)),
		facts(a),
		h('details', h('summary', { id: `account-${a.id}-settings` }, 'Account settings'), settings(a, draw)),
		h(
			'div.actions',
			connectButton(
				`reconnect-${a.id}`,
				a.health === 'disconnected' ? `Connect ${name}` : 'Reconnect',
				a.health === 'connected' ? '' : 'primary',
			),
			a.health !== 'disconnected' &&
				button(`disconnect-${a.id}`, 'Disconnect', () => askDisconnect(a, draw), { class: 'danger' }),
		),
	);
}

/** @param {string[]} scopes */
const missing = (scopes) =>
	`Permissions missing on X: ${scopes.join(', ')}. Reconnect the account and allow everything, ` +
	'or do without what needs them.';

/** @param {API.Account} a */
function facts(a) {
	/** @type {(name: string, value: string) => HTMLElement[]} */
	const fact = (name, value) => [h('dt', name), h('dd', value)];
	const here = localZone();
	const last = a.refreshed_at ? `${relative(a.refreshed_at, Date.now())}; ` : '';
	return h(
		'dl.facts',
		fact('Connected', showFull(a.connected_at, here)),
		a.health !== 'connected' && fact('Not connected since', showFull(a.since, here)),
		a.refresh_at && fact('Tokens renewed', `${last}next ${relative(a.refresh_at, Date.now())}`),
		a.refresh_failures > 0 && fact('Renewal failed', `${count(a.refresh_failures, 'time')} in a row`),
		fact('Permissions on X', a.scopes.join(', ') || 'none'),
	);
}

/**
 * @param {API.Account} a
 * @param {() => Promise<unknown>} draw
 */
function askDisconnect(a, draw) {
	const name = `@${a.username}`;
	confirmDialog('disconnect-dialog', {
		title: `Disconnect ${name}?`,
		text:
			'Spool revokes its access on X and destroys the tokens. Scheduled posts wait until you reconnect ' +
			'the account. Its history stays.',
		yes: 'Disconnect',
		danger: true,
		work: async () => {
			await call('DELETE /v1/accounts/{id}', { path: { id: a.id } });
			notice(`${name} is disconnected.`);
			await draw();
		},
	});
}

/**
 * What can be set of an account.
 * @param {API.Account} a
 * @param {() => Promise<unknown>} draw
 */
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
	const ever = box({
		id: `${id}-ever`,
		checked: !a.lateness_seconds,
		onchange: () => (late.disabled = ever.checked),
	});
	const work = async () => {
		const lateness = late.disabled ? 0 : Math.round(Number(late.value) * 60);
		const body = { zone: zone.value.trim(), limit: Number(limit.value), lateness_seconds: lateness };
		await call('PATCH /v1/accounts/{id}', { path: { id: a.id }, body });
		notice(`The settings of @${a.username} are saved.`);
		await draw();
	};
	return form(
		{ id: `${id}-form`, submit: [`${id}-save`, 'Save'], work, controls: { zone, limit, lateness_seconds: late } },
		field(zone, 'Time zone', 'For times that are given without one.'),
		field(limit, 'Characters per tweet', '280, or up to 25,000 with X Premium.'),
		field(late, 'How late a post may start, in minutes', 'After that it counts as missed and is not published.'),
		check(ever, 'Publish it however late it is'),
	);
}
