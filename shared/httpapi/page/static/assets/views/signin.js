// Signing in with an API key.

import { h, field } from '../lib/dom.js';
import { post } from '../lib/api.js';
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
			await post('/v1/session', { key: key.value.trim() });
		} catch (e) {
			key.select();
			throw e.code === 'network' ? e : Object.assign(problemOf(e), { field: 'key' });
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
			h('p.lead', 'Threads on X, each once, in order, at its second.'),
			form(
				{ id: 'signin-form', submit: ['signin-enter', 'Sign in', 'primary'], work, controls: { key } },
				h('input', { autocomplete: 'username', value: 'Spool', hidden: true }), // password managers want a name
				field(
					key,
					'API key',
					'The admin key was shown when Spool was installed; on the local stack it is printed at the start. The browser keeps a session, not the key.',
				),
			),
		),
	);
}
