// The setup: what is done, and the form or button for what comes next.

import { h, fill, button, field, icon } from '../lib/dom.js';
import { call, Intents } from '../lib/api.js';
import { localZone } from '../lib/time.js';
import { pauseBox } from '../lib/pauses.js';
import { attempt, copyable, form, notice, problemSlot } from '../lib/ui.js';

/**
 * The steps, in order.
 * @type {Array<[step: API.Step['step'], title: string]>}
 */
const titles = [
	['credentials', 'Enter your X app’s credentials'],
	['authorization', 'Allow Spool to post for you'],
	['token', 'Receive the tokens from X'],
	['verified', 'Confirm which account it is'],
];

/** @type {import('../app.js').View} */
export async function show(main, { heading, signal }) {
	const list = h('ol.steps', { id: 'setup-steps' });
	const pauses = h('div', { id: 'setup-pauses' });
	main.append(
		heading('Set up Spool'),
		pauses,
		h('p.lead', { id: 'setup-lead' }, 'You do this once: create an app on X, then allow it to post for you.'),
		list,
	);
	const draw = async () => {
		const status = await call('GET /v1/status', { signal });
		fill(list, stepsOf(status, draw));
		fill(
			pauses,
			(status.pauses ?? []).map((p) => pauseBox(p, draw)),
		);
		main.querySelector('#setup-ready')?.remove();
		if (status.ready) main.append(ready());
	};
	await draw();
}

const ready = () =>
	h(
		'div.panel.good',
		{ id: 'setup-ready' },
		h('p', h('strong', 'Everything is set up.')),
		h('p', h('a.button.primary', { href: '#/compose', id: 'setup-write' }, 'Write your first thread')),
	);

/**
 * The steps; the next one to do has what it takes.
 * @param {API.Status} status
 * @param {() => Promise<unknown>} draw
 */
function stepsOf(status, draw) {
	const steps = titles.flatMap(([name, title]) => {
		const step = status.steps.find((s) => s.step === name);
		return step ? [{ ...step, title }] : [];
	});
	const next = steps.find((s) => !s.done);
	return steps.map((s) => {
		const { step: name, done, title, text, todo } = s;
		const state = done ? 'done' : s === next ? 'next' : 'open';
		const [look, word] = chips[state];
		const tools =
			name === 'credentials'
				? appTools(status, done, draw)
				: connectButton('setup-connect', 'Connect your X account', 'primary');
		return h(
			'li',
			{ class: `step ${state}`, id: `step-${name}`, 'aria-current': state === 'next' && 'step' },
			h('h2', title, h('span', { class: `chip ${look}` }, word)),
			h('p', text),
			state === 'next' && tools,
			todo && !told.has(name) && h('p.todo', todo),
			name === 'credentials' &&
				done &&
				h('details', h('summary', { id: 'step-credentials-more' }, 'Change the credentials'), tools),
		);
	});
}

/** The steps whose tools say themselves what to do. */
const told = new Set(['credentials', 'authorization']);

/** @type {Record<'done'|'next'|'open', [look: string, word: string]>} */
const chips = { done: ['good', 'Done'], next: ['soon', 'Next'], open: ['still', 'Later'] };

/**
 * How to make an app at X, and the form for its credentials.
 * @param {API.Status} status
 * @param {boolean} known whether there is an app already
 * @param {() => Promise<unknown>} draw
 */
function appTools(status, known, draw) {
	const console = h('a', { href: 'https://console.x.com', target: '_blank', rel: 'noreferrer' }, 'console.x.com');
	return h(
		'div',
		h(
			'ol.how',
			h('li', 'Open ', console, ', enrol if it asks you to, and create an app inside a project.'),
			h(
				'li',
				'Under “User authentication settings” choose the permissions “Read and write” and the type ' +
					'“Web App, Automated App or Bot”, and enter exactly this callback address:',
				copyable('setup-callback', status.callback_url, 'the callback address'),
			),
			h('li', 'Copy the OAuth 2.0 client ID and client secret from “Keys and tokens” into these fields:'),
		),
		appForm(known, draw),
	);
}

/**
 * The form for the X app's credentials.
 * @param {boolean} known whether there is an app already
 * @param {() => Promise<unknown>} [stored] what follows
 */
export function appForm(known, stored) {
	const id = h('input', {
		id: 'app-client-id',
		required: true,
		maxlength: 200,
		autocomplete: 'off',
		spellcheck: 'false',
	});
	const secret = h('input', { id: 'app-client-secret', type: 'password', maxlength: 500, autocomplete: 'off' });
	const work = async () => {
		const [client_id, client_secret] = [id.value.trim(), secret.value.trim()];
		await call('PUT /v1/app', { body: client_secret ? { client_id, client_secret } : { client_id } });
		secret.value = '';
		notice('The credentials are encrypted and saved.');
		await stored?.();
	};
	return form(
		{
			id: 'app-form',
			submit: ['app-save', known ? 'Replace the credentials' : 'Save the credentials', known ? '' : 'primary'],
			work,
			controls: { client_id: id, client_secret: secret },
		},
		field(id, 'Client ID'),
		field(secret, 'Client secret', 'Encrypted before it is stored. Leave it empty if the app is a public client.'),
	);
}

/**
 * The button that leads to X, where the account's owner allows the access. An account
 * that is new starts in the zone of this browser.
 * @param {string} id
 * @param {string} label
 * @param {string} [look]
 */
export function connectButton(id, label, look = '') {
	const slot = problemSlot(`${id}-problem`);
	const intents = new Intents();
	const connect = async () => {
		const body = { zone: localZone() };
		const { start_url: address } = await intents.once(id, body, (headers) =>
			call('POST /v1/accounts/connect', { body, headers }),
		);
		if (address) location.assign(address);
	};
	return h(
		'div.connect',
		button(id, [icon('accounts'), label], () => attempt(slot, connect), { class: look }),
		slot.node,
	);
}
