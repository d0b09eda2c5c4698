// Signing in with an API key.

import { h, field } from '../lib/dom.js';
import { call } from '../lib/api.js';
import { form, problemOf } from '../lib/ui.js';

/** @type {import('../app.js').View} */
export function show(main, { heading }) {
	const key = h('input', {
		id: 'signin-key',
		name: 'password',
		type: 'password',
		autocomplete: 'current-password',
		required: true,
		spellcheck: 'false',
	});
	const work = async () => {
		try {
			await call('POST /v1/session', { body: { key: key.value.trim() } });
		} catch (e) {
			key.select();
			const problem = problemOf(e);
			if (problem.code !== 'network') problem.field = 'key';
			throw problem;
		}
		dispatchEvent(new CustomEvent('spool:signed-in'));
	};
	main.append(
		h(
			'div.signin',
			h('img', {
				src: document.querySelector('#brand img')?.getAttribute('src') ?? '',
				alt: '',
				width: 56,
				height: 56,
			}),
			heading('Spool'),
			h('p.lead', 'Threads on X: each exactly once, in order, to the second.'),
			form(
				{ id: 'signin-form', submit: ['signin-enter', 'Sign in', 'primary'], work, controls: { key } },
				h('input', { autocomplete: 'username', value: 'Spool', hidden: true }), // password managers want a name
				field(
					key,
					'API key',
					'You got the admin key when you installed Spool; the local stack prints it when it starts. ' +
						'The browser keeps a session, not the key.',
				),
			),
		),
	);
}
