// Signing in with an API key.

import { h, busy, field, fieldError } from '../lib/dom.js';
import { request } from '../lib/api.js';
import { problemSlot, problemOf } from '../lib/ui.js';
import { todoOf } from '../lib/words.js';

/** @param {HTMLElement} main @param {import('../app.js').Context} ctx */
export function show(main, { heading }) {
  const slot = problemSlot('signin-problem');
  const key = /** @type {HTMLInputElement} */ (h('input', { id: 'signin-key', name: 'password', type: 'password', autocomplete: 'current-password', required: true, spellcheck: 'false' }));
  const enter = /** @type {HTMLButtonElement} */ (h('button', { type: 'submit', id: 'signin-enter', class: 'primary' }, 'Sign in'));
  const submit = (e) => {
    e.preventDefault();
    return busy(enter, async () => {
      slot.clear();
      fieldError(key);
      try {
        await request('POST', '/v1/session', { body: { key: key.value.trim() } });
        dispatchEvent(new CustomEvent('spool:signed-in'));
      } catch (error) {
        const p = problemOf(error);
        if (p.code === 'network') return slot.show(p);
        fieldError(key, [p.message, todoOf(p)].filter(Boolean).join(' '));
        key.focus();
        key.select();
      }
    });
  };
  main.append(h('div', { class: 'signin' },
    h('img', { src: document.querySelector('#brand img')?.getAttribute('src') ?? '', alt: '', width: 56, height: 56 }),
    heading('Spool'),
    h('p', { class: 'lead' }, 'Threads on X, each once, in order, at its second.'),
    h('form', { id: 'signin-form', onsubmit: submit },
      field(key, 'API key', 'The admin key was shown when Spool was installed; on the local stack it is printed at the start. The browser keeps a session, not the key.'),
      slot.node, enter)));
}
