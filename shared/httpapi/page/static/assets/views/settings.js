// Settings: API keys, the X app, the page's time zone, signing out.

/** @import {Child} from '../lib/dom.js' */

import { h, box, fill, button, check, field, fieldError, select } from '../lib/dom.js';
import { call, Intents, listAccounts } from '../lib/api.js';
import { attempt, confirmDialog, copyable, form, notice, openDialog, problemBox, problemSlot } from '../lib/ui.js';
import { knownZone, localZone, showFull } from '../lib/time.js';
import { preferredZone, unknownZone, zoneInput } from '../lib/zone.js';
import { appForm } from './setup.js';

/** @type {Record<string, string>} */
const rights = {
	'posts:read': 'Read posts',
	'posts:write': 'Write and publish posts',
	accounts: 'Connect accounts and change their settings',
	admin: 'Everything, including keys and the X app',
};

/** @type {import('../app.js').View} */
export async function show(main, { heading, signal, session }) {
	if (!session) return;
	const admin = session.scopes.includes('admin');
	main.append(heading('Settings'));
	const { accounts } = await listAccounts(signal);
	main.append(
		h(
			'div.settings',
			admin && (await keys(accounts, signal)),
			admin && appPart(),
			admin && noticesPart(),
			admin && healthPart(),
			zonePart(accounts),
			signOutPart(session),
		),
	);
}

/**
 * @param {string} title
 * @param {...Child} body
 */
const part = (title, ...body) => h('section.panel', h('h2', title), body);

const appPart = () =>
	part(
		'The X app',
		h(
			'p',
			'Spool talks to X as this app. ',
			h('a', { href: '#/setup', id: 'settings-setup' }, 'The setup'),
			' shows what is done so far, and the callback address.',
		),
		appForm(true),
	);

const noticesPart = () =>
	part(
		'Notices',
		h('p', 'Who is told what happens: by webhooks, in Slack or Discord, by e-mail.'),
		h('p', h('a.button', { href: '#/notices', id: 'settings-notices' }, 'Set them')),
	);

const healthPart = () =>
	part(
		'Health',
		h('p', 'Functions, queues, alarms, backups and accounts: what is wrong with them, and what to do.'),
		h('p', h('a.button', { href: '#/health', id: 'settings-health' }, 'Check it')),
	);

/**
 * The API keys.
 * @param {API.Account[]} accounts
 * @param {AbortSignal} signal
 */
async function keys(accounts, signal) {
	const list = h('div', { id: 'keys' });
	const draw = async () => {
		const all = (await call('GET /v1/keys', { signal })).keys.map((k) => keyRow(k, accounts, draw));
		fill(list, all.length ? h('ul.keys', all) : h('p.quiet', 'There is only the admin key.'));
	};
	try {
		await draw();
	} catch (e) {
		if (signal.aborted) throw e;
		fill(list, problemBox(e));
	}
	return part(
		'API keys',
		h('p', 'For programs, other people and other browsers. You can revoke each one separately.'),
		list,
		h('h3', 'New key'),
		keyForm(accounts, draw),
	);
}

/**
 * @param {API.Key} k
 * @param {API.Account[]} accounts
 * @param {() => Promise<unknown>} draw
 * @returns {HTMLElement}
 */
function keyRow(k, accounts, draw) {
	/** @type {(at: string) => string} */
	const on = (at) => showFull(at, localZone());
	const names = (k.accounts ?? []).map((id) => {
		const account = accounts.find((a) => a.id === id);
		return account ? `@${account.username}` : 'another account';
	});
	const used = k.used_at ? `Last used ${on(k.used_at)}.` : 'Never used.';
	const ends = k.expires_at ? ` Expires ${on(k.expires_at)}.` : '';
	const revoke = () =>
		confirmDialog('revoke-dialog', {
			title: 'Revoke this key?',
			text: `Whatever uses “${k.name}” loses its access at once. This cannot be undone.`,
			yes: 'Revoke',
			danger: true,
			work: async () => {
				await call('DELETE /v1/keys/{id}', { path: { id: k.id } });
				notice('The key is revoked.');
				await draw();
			},
		});
	return h(
		'li',
		{ id: `key-${k.id}` },
		h(
			'div',
			h('strong', k.name || 'Unnamed'),
			h('p.quiet', k.scopes.map((s) => rights[s] ?? s).join(', '), names.length > 0 && `; only ${names.join(', ')}`),
			h('p.hint', `Created ${on(k.created_at)}. ${used}${ends}`),
		),
		button(`revoke-${k.id}`, 'Revoke', revoke, { class: 'danger small', 'aria-label': `Revoke ${k.name}` }),
	);
}

/**
 * @param {API.Account[]} accounts
 * @param {() => Promise<unknown>} draw
 */
function keyForm(accounts, draw) {
	const intents = new Intents();
	const name = h('input', { id: 'key-name', maxlength: 100, required: true, autocomplete: 'off' });
	const scopes = Object.keys(rights).map((scope) =>
		box({ id: `key-${scope.replace(':', '-')}`, value: scope, checked: scope.startsWith('posts') }),
	);
	const account = select({ id: 'key-account' }, [
		['', 'All accounts'],
		...accounts.map((a) => /** @type {[string, string]} */ ([a.id, `@${a.username}`])),
	]);
	const expires = h('input', { id: 'key-expires', type: 'date' });
	const work = async () => {
		const body = {
			name: name.value.trim(),
			scopes: scopes.filter((s) => s.checked).map((s) => s.value),
			...(account.value && { accounts: [account.value] }),
			...(expires.value && { expires_at: new Date(`${expires.value}T23:59:59`).toISOString() }),
		};
		const made = await intents.once('key', body, (headers) => call('POST /v1/keys', { body, headers }));
		name.value = '';
		showKey(made);
		await draw();
	};
	return form(
		{ id: 'key-form', submit: ['key-create', 'Create the key'], work, controls: { name, expires_at: expires } },
		h(
			'div.pair',
			field(name, 'What it is for'),
			accounts.length > 1 && field(account, 'Account'),
			field(expires, 'Expires on', 'Left empty, it ends with your sign-in here.'),
		),
		h(
			'fieldset',
			h('legend', 'What it can do'),
			scopes.map((s) => check(s, rights[s.value])),
		),
	);
}

/** @param {API.Key} made */
function showKey({ key }) {
	openDialog('new-key-dialog', 'Your new key', (close) => [
		h('p', 'This is the only time it is shown. Keep it somewhere safe.'),
		key
			? copyable('new-key', key, 'the key')
			: h('p', 'It was created by an earlier press, and shown then. If you lost it, revoke it and create another one.'),
		h('div.actions', button('new-key-done', 'I have saved it', close, { class: 'primary' })),
	]);
}

/**
 * The zone of this browser.
 * @param {API.Account[]} accounts
 */
function zonePart(accounts) {
	const zone = zoneInput('settings-zone', preferredZone(accounts), (chosen) => {
		fieldError(zone, knownZone(chosen) ? '' : unknownZone);
		if (!knownZone(chosen)) return;
		localStorage.setItem('spool.zone', chosen);
		notice(`The calendar shows times in ${chosen}.`);
	});
	return part(
		'Time zone',
		field(zone, 'For the calendar in this browser', [
			'For what you schedule, each account has a time zone of its own: see ',
			h('a', { href: '#/accounts', id: 'settings-accounts' }, 'Accounts'),
			'.',
		]),
	);
}

/** @param {API.Session} session */
function signOutPart(session) {
	const slot = problemSlot('sign-out-problem');
	/** @type {(route: 'DELETE /v1/session'|'DELETE /v1/sessions', text: string) => Promise<void>} */
	const out = (route, text) =>
		attempt(slot, async () => {
			await call(route);
			sessionStorage.clear();
			notice(text);
			dispatchEvent(new CustomEvent('spool:signed-out'));
		});
	const until = session.expires_at && `, until ${showFull(session.expires_at, localZone())} at the latest`;
	return part(
		'Sign out',
		session.name && h('p', 'You are signed in with the key ', h('strong', session.name), until, '.'),
		slot.node,
		h(
			'div.actions',
			button('sign-out', 'Sign out', () => out('DELETE /v1/session', 'You are signed out.')),
			button('sign-out-everywhere', 'Sign out everywhere', () =>
				out('DELETE /v1/sessions', 'All browsers are signed out.'),
			),
		),
	);
}
