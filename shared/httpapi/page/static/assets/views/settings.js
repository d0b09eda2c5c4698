// Settings: API keys, the X app, the page's time zone, signing out.

import { h, fill, button, check, field, fieldError, select } from '../lib/dom.js';
import { create, get, Intents, request, listAccounts } from '../lib/api.js';
import { attempt, confirmDialog, copyable, form, notice, openDialog, problemBox, problemSlot } from '../lib/ui.js';
import { knownZone, localZone, showFull } from '../lib/time.js';
import { preferredZone, zoneInput } from '../lib/zone.js';
import { appForm } from './setup.js';

const rights = {
	'posts:read': 'Read posts',
	'posts:write': 'Write and publish posts',
	accounts: 'Connect and set accounts',
	admin: 'Everything, also keys and the X app',
};

/** @type {import('../app.js').View} */
export async function show(main, { heading, signal, session }) {
	const admin = (session.scopes ?? []).includes('admin');
	main.append(heading('Settings'));
	const accounts = (await listAccounts(signal)).accounts;
	main.append(
		h(
			'div.settings',
			admin && (await keys(accounts, signal)),
			admin &&
				part(
					'The X app',
					h(
						'p',
						'Spool speaks to X as this app of yours. ',
						h('a', { href: '#/setup', id: 'settings-setup' }, 'The setup'),
						' shows how far everything is, and the callback address.',
					),
					appForm(true),
				),
			zonePart(accounts),
			signingOut(session),
		),
	);
}

const part = (title, ...body) => h('section.panel', h('h2', title), body);

/** The API keys. */
async function keys(accounts, signal) {
	const list = h('div', { id: 'keys' });
	const draw = async () => {
		const { keys: all } = await get('/v1/keys', signal);
		fill(
			list,
			all.length
				? h(
						'ul.keys',
						all.map((k) => keyRow(k, accounts, draw)),
					)
				: h('p.quiet', 'There is only the admin key.'),
		);
	};
	try {
		await draw();
	} catch (e) {
		if (signal.aborted) throw e;
		fill(list, problemBox(e));
	}
	return part(
		'API keys',
		h('p', 'For programs, other people, and other browsers. Each can be revoked by itself.'),
		list,
		h('h3', 'A new key'),
		keyForm(accounts, draw),
	);
}

function keyRow(k, accounts, draw) {
	const here = localZone();
	const names = (k.accounts ?? [])
		.map((id) => accounts.find((a) => a.id === id))
		.map((a) => (a ? `@${a.username}` : 'another account'));
	return h(
		'li',
		{ id: `key-${k.id}` },
		h(
			'div',
			h('strong', k.name || 'Without a name'),
			h('p.quiet', k.scopes.map((s) => rights[s] ?? s).join(', '), names.length > 0 && `; only ${names.join(', ')}`),
			h(
				'p.hint',
				`Made ${showFull(k.created_at, here)}. ${k.used_at ? `Last used ${showFull(k.used_at, here)}.` : 'Never used.'} ${k.expires_at ? `Ends ${showFull(k.expires_at, here)}.` : ''}`,
			),
		),
		button(
			`revoke-${k.id}`,
			'Revoke',
			() =>
				confirmDialog({
					id: 'revoke-dialog',
					title: 'Revoke this key?',
					text: `Whatever uses “${k.name}” is locked out at once. This cannot be undone.`,
					yes: 'Revoke',
					danger: true,
					work: async () => {
						await request('DELETE', `/v1/keys/${k.id}`);
						notice('The key is revoked.');
						await draw();
					},
				}),
			{ class: 'danger small', 'aria-label': `Revoke ${k.name}` },
		),
	);
}

function keyForm(accounts, draw) {
	const intents = new Intents();
	const name = h('input', { id: 'key-name', maxlength: 100, required: true, autocomplete: 'off' });
	const scopes = Object.entries(rights).map(([scope, words]) =>
		check({ id: `key-${scope.replace(':', '-')}`, value: scope, checked: scope.startsWith('posts') }, words),
	);
	const account = select({ id: 'key-account' }, [
		['', 'All accounts'],
		...accounts.map((a) => /** @type {[string, string]} */ ([a.id, `@${a.username}`])),
	]);
	const expires = h('input', { id: 'key-expires', type: 'date' });
	const work = async () => {
		const body = {
			name: name.value.trim(),
			scopes: scopes
				.map((s) => s.querySelector('input'))
				.filter((i) => i.checked)
				.map((i) => i.value),
		};
		if (account.value) body.accounts = [account.value];
		if (expires.value) body.expires_at = new Date(`${expires.value}T23:59:59`).toISOString();
		const made = await create(intents, 'key', '/v1/keys', body);
		name.value = '';
		openDialog('new-key-dialog', 'Your new key', (close) => [
			h('p', 'It is shown only now. Keep it where only those who need it find it.'),
			made.key
				? copyable('new-key', made.key, 'the key')
				: h('p', 'It was made by an earlier press and shown then. Revoke it and make another one if it is lost.'),
			h('div.actions', button('new-key-done', 'I have it', close, { class: 'primary' })),
		]);
		await draw();
	};
	return form(
		{ id: 'key-form', submit: ['key-create', 'Make the key'], work, controls: { name, expires_at: expires } },
		h(
			'div.pair',
			field(name, 'What it is for'),
			accounts.length > 1 && field(account, 'For'),
			field(expires, 'Until (left out: as long as you are signed in here at most)'),
		),
		h('fieldset', h('legend', 'What it may do'), scopes),
	);
}

/** The zone of this browser. */
function zonePart(accounts) {
	const zone = zoneInput('settings-zone', preferredZone(accounts), (chosen) => {
		fieldError(
			zone,
			knownZone(chosen) ? '' : 'There is no time zone of this name. Choose one of the list, such as Europe/Berlin.',
		);
		if (!knownZone(chosen)) return;
		localStorage.setItem('spool.zone', chosen);
		notice(`The calendar shows times in ${chosen}.`);
	});
	return part(
		'Time zone',
		field(zone, 'Of the calendar in this browser', [
			'Each account has one of its own for what you schedule: see ',
			h('a', { href: '#/accounts', id: 'settings-accounts' }, 'Accounts'),
			'.',
		]),
	);
}

function signingOut(session) {
	const slot = problemSlot('sign-out-problem');
	const out = (path, text) =>
		attempt(slot, async () => {
			await request('DELETE', path);
			sessionStorage.clear();
			notice(text);
			dispatchEvent(new CustomEvent('spool:signed-out'));
		});
	return part(
		'Signing out',
		session.name &&
			h(
				'p',
				'Signed in with the key ',
				h('strong', session.name),
				session.expires_at && `, until ${showFull(session.expires_at, localZone())} at the latest`,
				'.',
			),
		slot.node,
		h(
			'div.actions',
			button('sign-out', 'Sign out', () => out('/v1/session', 'You are signed out.')),
			button('sign-out-everywhere', 'Sign out everywhere', () => out('/v1/sessions', 'All browsers are signed out.')),
		),
	);
}
