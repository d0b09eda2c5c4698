// The setup: what is done, and the form or button for what comes next.

import { h, fill, button, field, icon } from '../lib/dom.js';
import { get, request, Intents, create } from '../lib/api.js';
import { localZone } from '../lib/time.js';
import { pauseBox } from '../lib/pauses.js';
import { attempt, copyable, form, notice, problemSlot } from '../lib/ui.js';

const titles = {
	credentials: 'Spool knows your X app',
	authorization: 'You allowed the access',
	token: 'X gave Spool its tokens',
	verified: 'X said who you are',
};

/** @type {import('../app.js').View} */
export async function show(main, { heading, signal }) {
	const list = h('ol.steps', { id: 'setup-steps' });
	const pauses = h('div', { id: 'setup-pauses' });
	main.append(
		heading('Set up Spool'),
		pauses,
		h(
			'p.lead',
			{ id: 'setup-lead' },
			'Two things are needed once: an app at X, and your word that it may post for you.',
		),
		list,
	);
	const draw = async () => {
		const status = await get('/v1/status', signal);
		const order = ['credentials', 'authorization', 'token', 'verified'];
		const steps = order.map((name) => status.steps.find((s) => s.step === name)).filter(Boolean);
		const next = steps.find((s) => !s.done);
		fill(
			list,
			steps.map((s) => step(s, s === next, status, draw)),
		);
		fill(
			pauses,
			(status.pauses ?? []).map((p) => pauseBox(p, draw)),
		);
		if (status.ready) {
			main.querySelector('#setup-ready')?.remove();
			main.append(
				h(
					'div.panel.good',
					{ id: 'setup-ready' },
					h('p', h('strong', 'Everything is set up.')),
					h('p', h('a.button.primary', { href: '#/compose', id: 'setup-write' }, 'Write your first thread')),
				),
			);
		}
	};
	await draw();
}

/** One step; the next one to do has what it takes. */
function step(s, isNext, status, draw) {
	const tools =
		s.step === 'credentials'
			? appTools(status, s, draw)
			: connectButton('setup-connect', 'Connect your account on X', 'primary');
	const state = s.done ? 'done' : isNext ? 'next' : 'open';
	return h(
		'li',
		{ class: `step ${state}`, id: `step-${s.step}`, 'aria-current': isNext && 'step' },
		h(
			'h2',
			titles[s.step] ?? s.step,
			h(
				'span',
				{ class: `chip ${s.done ? 'good' : isNext ? 'soon' : 'still'}` },
				s.done ? 'Done' : isNext ? 'Next' : 'To come',
			),
		),
		h('p', s.text),
		isNext && tools,
		s.todo && !s.todo.includes('/v1/') && h('p.todo', s.todo),
		s.step === 'credentials' &&
			s.done &&
			h('details', h('summary', { id: 'step-credentials-more' }, 'Change the app'), appTools(status, s, draw)),
	);
}

/** How to make an app at X, and the form for its credentials. */
function appTools(status, s, draw) {
	return h(
		'div',
		h(
			'ol.how',
			h(
				'li',
				'Open ',
				h('a', { href: 'https://console.x.com', target: '_blank', rel: 'noreferrer' }, 'console.x.com'),
				', enrol if it asks you to, and make an app inside a project.',
			),
			h(
				'li',
				'Under “User authentication settings” choose the permissions “Read and write” and the type “Web App, Automated App or Bot”, and give this callback address, to the letter:',
				copyable('setup-callback', status.callback_url, 'the callback address'),
			),
			h('li', 'Copy the OAuth 2.0 client id and client secret from “Keys and tokens” into these fields:'),
		),
		appForm(s.done, draw),
	);
}

/**
 * The form for the X app's credentials.
 * @param {boolean} known whether there is an app already
 * @param {() => Promise<any>} [stored] what follows
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
		await request('PUT', '/v1/app', { body: client_secret ? { client_id, client_secret } : { client_id } });
		secret.value = '';
		notice('The X app is stored, sealed.');
		await stored?.();
	};
	return form(
		{
			id: 'app-form',
			submit: ['app-save', known ? 'Replace the app' : 'Store the app', known ? '' : 'primary'],
			work,
			controls: { client_id: id, client_secret: secret },
		},
		field(id, 'Client id'),
		field(secret, 'Client secret', 'Sealed before it is stored. Leave it empty for a public client.'),
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
	return h(
		'div.connect',
		button(
			id,
			[icon('accounts'), label],
			() =>
				attempt(slot, async () => {
					const { start_url: address } = await create(intents, id, '/v1/accounts/connect', { zone: localZone() });
					location.assign(address);
				}),
			{ class: look },
		),
		slot.node,
	);
}
