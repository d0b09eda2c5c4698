// The setup: what is done, and the form or button for what comes next.

import { h, fill, button, busy, field, fieldError, icon } from '../lib/dom.js';
import { get, request, Intents, create } from '../lib/api.js';
import { problemSlot, attempt, atField, copyable, notice } from '../lib/ui.js';

const titles = { credentials: 'Spool knows your X app', authorization: 'You allowed the access', token: 'X gave Spool its tokens', verified: 'X said who you are' };

/** @param {HTMLElement} main @param {import('../app.js').Context} ctx */
export async function show(main, { heading, signal }) {
  const list = h('ol', { class: 'steps', id: 'setup-steps' });
  main.append(heading('Set up Spool'), h('p', { class: 'lead', id: 'setup-lead' }, 'Two things are needed once: an app at X, and your word that it may post for you.'), list);
  const draw = async () => {
    const status = await get('/v1/status', signal);
    const order = ['credentials', 'authorization', 'token', 'verified'];
    const steps = order.map((name) => status.steps.find((s) => s.step === name)).filter(Boolean);
    const next = steps.find((s) => !s.done);
    fill(list, steps.map((s) => step(s, s === next, status, draw)));
    if (status.ready) {
      main.querySelector('#setup-ready')?.remove();
      main.append(h('div', { class: 'panel good', id: 'setup-ready' }, h('p', {}, h('strong', {}, 'Everything is set up.')),
        h('p', {}, h('a', { class: 'button primary', href: '#/compose', id: 'setup-write' }, 'Write your first thread'))));
    }
  };
  await draw();
}

/** One step; the next one to do has what it takes. */
function step(s, isNext, status, draw) {
  const tools = s.step === 'credentials' ? appTools(status, s, draw) : connectTools();
  const state = s.done ? 'done' : isNext ? 'next' : 'open';
  return h('li', { class: `step ${state}`, id: `step-${s.step}`, 'aria-current': isNext && 'step' },
    h('h2', {}, titles[s.step] ?? s.step, h('span', { class: `chip ${s.done ? 'good' : isNext ? 'soon' : 'still'}` }, s.done ? 'Done' : isNext ? 'Next' : 'To come')),
    h('p', {}, s.text),
    isNext && tools,
    s.step === 'verified' && s.done && s.todo && h('p', { class: 'todo' }, s.todo),
    s.step === 'credentials' && s.done && h('details', {}, h('summary', { id: 'step-credentials-more' }, 'Change the app'), appTools(status, s, draw)));
}

/** How to make an app at X, and the form for its credentials. */
function appTools(status, s, draw) {
  return h('div', {},
    h('ol', { class: 'how' },
      h('li', {}, 'Open ', h('a', { href: 'https://console.x.com', target: '_blank', rel: 'noreferrer' }, 'console.x.com'), ', enrol if it asks you to, and make an app inside a project.'),
      h('li', {}, 'Under “User authentication settings” choose the permissions “Read and write” and the type “Web App, Automated App or Bot”, and give this callback address, to the letter:',
        copyable('setup-callback', status.callback_url, 'the callback address')),
      h('li', {}, 'Copy the OAuth 2.0 client id and client secret from “Keys and tokens” into these fields:')),
    appForm(s.done, draw));
}

/**
 * The form for the X app's credentials.
 * @param {boolean} known whether there is an app already
 * @param {() => Promise<any>} [stored] what follows
 */
export function appForm(known, stored) {
  const slot = problemSlot('app-problem');
  const id = /** @type {HTMLInputElement} */ (h('input', { id: 'app-client-id', required: true, maxlength: 200, autocomplete: 'off', spellcheck: 'false' }));
  const secret = /** @type {HTMLInputElement} */ (h('input', { id: 'app-client-secret', type: 'password', maxlength: 500, autocomplete: 'off' }));
  const save = /** @type {HTMLButtonElement} */ (h('button', { type: 'submit', id: 'app-save', class: known ? '' : 'primary' }, known ? 'Replace the app' : 'Store the app'));
  const submit = (e) => {
    e.preventDefault();
    return busy(save, async () => {
      [id, secret].forEach((c) => fieldError(c));
      try {
        slot.clear();
        const body = { client_id: id.value.trim() };
        if (secret.value.trim()) body.client_secret = secret.value.trim();
        await request('PUT', '/v1/app', { body });
        secret.value = '';
        notice('The X app is stored, sealed.');
        await stored?.();
      } catch (error) {
        if (!atField(error, { client_id: id, client_secret: secret })) slot.show(error);
      }
    });
  };
  return h('form', { id: 'app-form', onsubmit: submit },
    field(id, 'Client id'), field(secret, 'Client secret', 'Sealed before it is stored. Leave it empty for a public client.'), slot.node, save);
}

/** The way to X and back. */
function connectTools() {
  return connectButton('setup-connect', 'Connect your account on X', 'primary');
}

/**
 * The button that leads to X, where the account's owner allows the access.
 * @param {string} id
 * @param {string} label
 * @param {string} [look]
 */
export function connectButton(id, label, look = '') {
  const slot = problemSlot(`${id}-problem`);
  const intents = new Intents();
  return h('div', { class: 'connect' },
    button(id, [icon('accounts'), label], () => attempt(slot, async () => {
      const { start_url: address } = await create(intents, id, '/v1/accounts/connect', {});
      location.assign(address);
    }), { class: look }), slot.node);
}
