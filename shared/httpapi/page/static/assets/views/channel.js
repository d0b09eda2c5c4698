// What can be said of a channel for notices, and its secret.

import { h, box, button, check, field, fill, select } from '../lib/dom.js';
import { call, Intents, Problem } from '../lib/api.js';
import { copyable, form, notice, openDialog } from '../lib/ui.js';
import { preferredZone, zoneInput } from '../lib/zone.js';

/** @type {Record<API.Channel['kind'], string>} */
export const kinds = { webhook: 'Webhook', slack: 'Slack', discord: 'Discord', email: 'E-mail' };

/** @typedef {API.Delivery['type']} Kind */

/**
 * What happened, as people say it.
 * @type {Record<Kind, string>}
 */
const words = {
	'post.published': 'A thread is published',
	'post.failed': 'A thread has stopped',
	'post.unknown': 'It is not known whether a tweet is out',
	'post.missed': 'A thread missed its time',
	'post.held': 'A thread is held up for long',
	'account.reconnect_required': 'An account needs to be reconnected',
	'account.connected': 'An account is back',
	'account.paused': 'An account is paused',
	'account.resumed': 'An account goes on',
	'app.paused': 'The X app is paused',
	'app.resumed': 'The X app goes on',
	'budget.reached': 'A budget is spent',
	'channel.disabled': 'A channel was disabled',
	test: 'A test',
	digest: 'The daily digest',
};

/** @param {string} kind */
export const wordOf = (kind) => words[/** @type {Kind} */ (kind)] ?? kind;

/** What a channel may ask for. */
const choices = /** @type {Kind[]} */ (Object.keys(words)).filter((k) => k !== 'test' && k !== 'digest');

/** @type {Record<API.Channel['kind'], string>} */
const hints = {
	webhook: 'Where signed requests go: https, to a public address.',
	slack: 'Of an incoming webhook, which you make in Slack for one of its channels.',
	discord: 'Of a webhook, which you make in the settings of a Discord channel.',
	email: '',
};

/**
 * Asks for a channel, or for what is to change of one.
 * @param {API.Channel|null} c
 * @param {API.Account[]} accounts
 * @param {() => Promise<unknown>} draw shows all channels anew
 */
export function channelDialog(c, accounts, draw) {
	const intents = new Intents();
	openDialog('channel-dialog', c ? `Edit “${c.name}”` : 'Add a channel', (close) => {
		const kind = select({ id: 'channel-kind', onchange: () => address() }, Object.entries(kinds), c?.kind);
		const name = h('input', {
			id: 'channel-name',
			required: true,
			maxlength: 100,
			value: c?.name ?? '',
			autocomplete: 'off',
		});
		const url = h('input', {
			id: 'channel-url',
			type: 'url',
			maxlength: 2000,
			autocomplete: 'off',
			spellcheck: 'false',
		});
		const place = h('div');
		const address = () => {
			const chosen = /** @type {API.Channel['kind']} */ (kind.value);
			const keep = c ? ' Leave it empty to keep the one that there is.' : '';
			url.required = !c && chosen !== 'email';
			fill(
				place,
				chosen === 'email'
					? h(
							'p.hint',
							'It goes to the address that was given when Spool was deployed, and to whoever subscribed since.',
						)
					: field(url, 'Address', hints[chosen] + keep),
			);
		};
		const events = eventFields(c?.events ?? []);
		const whose = accountFields(accounts, c?.accounts ?? []);
		const digest = digestFields(c?.digest, accounts);
		const work = async () => {
			const said = {
				name: name.value.trim(),
				...(url.value.trim() && kind.value !== 'email' && { url: url.value.trim() }),
				events: events.value(),
				accounts: whose.value(),
				digest: digest.value(),
			};
			if (c) await call('PATCH /v1/channels/{id}', { path: { id: c.id }, body: said });
			const made = c ? null : await create(/** @type {API.Channel['kind']} */ (kind.value), said, intents);
			close();
			if (made?.secret) secretDialog(made);
			else notice(c ? 'The channel is changed.' : 'The channel is added. Send it a test.');
			await draw();
		};
		address();
		return form(
			{
				id: 'channel-form',
				submit: ['channel-save', c ? 'Save' : 'Add it', 'primary'],
				work,
				controls: { name, url, events: events.all, 'digest.zone': digest.zone, digest: digest.zone },
				more: button('channel-cancel', 'Cancel', close),
			},
			!c && field(kind, 'Kind'),
			field(name, 'What it is for'),
			place,
			events.node,
			whose.node,
			digest.node,
		);
	});
}

/**
 * @param {API.Channel['kind']} kind
 * @param {Omit<API.Input<'POST /v1/channels'>['body'], 'kind'>} said
 * @param {Intents} intents
 */
function create(kind, said, intents) {
	const { digest, ...rest } = said;
	const body = { kind, ...rest, ...(digest?.zone && { digest }) };
	return intents.once('channel', body, (headers) => call('POST /v1/channels', { body, headers }));
}

/** @param {string[]} chosen none: everything */
function eventFields(chosen) {
	const boxes = choices.map((k) =>
		box({ id: `channel-${k.replace('.', '-')}`, value: k, checked: chosen.includes(k) }),
	);
	const list = h(
		'div.choices',
		{ hidden: chosen.length === 0 },
		boxes.map((b) => check(b, wordOf(b.value))),
	);
	const all = box({
		id: 'channel-all',
		checked: chosen.length === 0,
		onchange: () => {
			list.hidden = all.checked;
		},
	});
	return {
		all,
		node: h('fieldset', h('legend', 'What it is told of'), check(all, 'Everything'), list),
		value() {
			const some = boxes.filter((b) => b.checked).map((b) => /** @type {Kind} */ (b.value));
			if (!all.checked && some.length === 0)
				throw new Problem({ code: 'page', detail: 'Choose what it is told of, or everything.' });
			return all.checked ? [] : some;
		},
	};
}

/** @param {API.Account[]} accounts @param {string[]} chosen none: all */
function accountFields(accounts, chosen) {
	const boxes = accounts.map((a) =>
		box({ id: `channel-account-${a.id}`, value: a.id, checked: chosen.includes(a.id) }),
	);
	const labels = boxes.map((b, i) => check(b, `@${accounts[i].username}`));
	return {
		node:
			accounts.length > 1 &&
			h('fieldset', h('legend', 'Whose threads and accounts'), labels, h('p.hint', 'With none chosen: all.')),
		value: () => (accounts.length > 1 ? boxes.filter((b) => b.checked).map((b) => b.value) : chosen),
	};
}

/** @param {API.Channel['digest']} digest @param {API.Account[]} accounts */
function digestFields(digest, accounts) {
	const zone = zoneInput('channel-digest-zone', digest?.zone || preferredZone(accounts));
	const hours = Array.from(
		{ length: 24 },
		(_, n) => /** @type {[string, string]} */ ([`${n}`, `${String(n).padStart(2, '0')}:00`]),
	);
	const hour = select({ id: 'channel-digest' }, [['', 'Never'], ...hours], digest ? String(digest.hour) : '');
	return {
		zone,
		node: h('div.pair', field(hour, 'Daily digest'), field(zone, 'Time zone of the digest')),
		value: () => (hour.value ? { hour: Number(hour.value), zone: zone.value.trim() } : { hour: 0, zone: '' }),
	};
}

/** Shows what a webhook's requests are signed with. @param {API.Channel} c */
export function secretDialog({ name, secret }) {
	openDialog('channel-secret-dialog', `The secret of “${name}”`, (close) => [
		h(
			'p',
			'Requests are signed with it by the Standard Webhooks scheme, for which there are libraries in most languages. ',
			'This is the only time it is shown.',
		),
		secret
			? copyable('channel-secret', secret, 'the secret')
			: h('p', 'It was made by an earlier press, and shown then. If you lost it, replace it once more.'),
		h('div.actions', button('channel-secret-done', 'I have saved it', close, { class: 'primary' })),
	]);
}
