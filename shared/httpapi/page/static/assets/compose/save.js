// Saving what was written: as a draft, for a time, or to go out now.

import { h, button, icon } from '../lib/dom.js';
import { create, Intents, Problem, request } from '../lib/api.js';
import { confirmDialog, notice, problemOf, problemSlot } from '../lib/ui.js';
import { count, money } from '../lib/words.js';
import { isEmpty } from './anchors.js';
import { forget } from './draft.js';
import { look } from './preview.js';

/** @param {any} composer @returns {HTMLElement} */
export function saveButtons(composer) {
	const { draft } = composer;
	const slot = problemSlot('save-problem');
	const saving = draft.edit ? new Editing(composer) : new Creating(composer);
	const run = (work) => attemptSave(slot, composer, work);
	const now = () =>
		run(async () => {
			const shown = await ready(composer);
			confirmDialog({
				id: 'publish-now',
				title: 'Publish now?',
				yes: `Publish ${count(shown.posts.length - shown.locked, 'tweet')}`,
				text: `${shown.locked ? 'The rest of the thread' : 'The thread'} goes out as @${composer.account()?.username} at once. X charges about ${money(shown.cost.total)} for all of it.`,
				work: () => saving.now(shown),
			});
		});
	const later = () => {
		const time = composer.when.check();
		return time && run(async () => saving.later(await ready(composer), time));
	};
	const keep = () => run(async () => saving.keep(await ready(composer)));
	const status = draft.edit?.status ?? 'draft';
	const timed = status !== 'failed';
	return h(
		'div.save',
		slot.node,
		h(
			'div.actions',
			timed &&
				button('save-schedule', status === 'scheduled' ? 'Save with this time' : 'Schedule', later, {
					class: 'primary',
				}),
			button('save-now', status === 'failed' ? 'Save and go on now' : 'Publish now', now, {
				class: timed ? '' : 'primary',
			}),
			status !== 'scheduled' && button('save-draft', draft.edit ? 'Save' : 'Save as a draft', keep),
		),
		h(
			'p.hint',
			draft.edit
				? h(
						'a',
						{ href: `#/post/${draft.edit.id}`, id: 'save-back', onclick: () => forget(draft.edit.id) },
						'Back to the post without saving',
					)
				: button('save-clear', [icon('close'), 'Start afresh'], () => clear(composer), { class: 'plain small' }),
		),
	);
}

/** Empties the field, after asking. */
function clear(composer) {
	if (!composer.draft.text.trim() && composer.draft.extras.every(isEmpty)) return;
	confirmDialog({
		id: 'clear',
		title: 'Start afresh?',
		text: 'What is written here and not saved is lost.',
		yes: 'Discard it',
		danger: true,
		work: async () => {
			forget(composer.draft.edit?.id);
			dispatchEvent(new HashChangeEvent('hashchange'));
		},
	});
}

/** The thread as it is now, not as it was when typing last paused. @returns {Promise<import('./preview.js').Look>} */
async function ready(composer) {
	const waiting = composer.attachments.pending();
	if (waiting.some((m) => m.state === 'refused'))
		throw plain('One of the files was refused.', 'Remove it, or add another one in its place.');
	if (waiting.length)
		throw plain(
			`${count(waiting.length, 'file')} still on the way.`,
			'Wait until the upload has ended, then press again.',
		);
	const shown = await look(composer.draft, composer.ctx.signal);
	composer.show(shown);
	if (!shown) throw plain('There is nothing to save yet.', 'Write something, or add a picture.');
	return shown;
}

const plain = (detail, todo) => new Problem({ code: 'page', detail, todo });

/** Does it; a refusal shows where, and a conflict leads to the post as it is now. */
async function attemptSave(slot, composer, work) {
	slot.clear();
	try {
		await work();
	} catch (e) {
		if (composer.ctx.signal.aborted) return;
		const p = problemOf(e);
		const tweet = /tweets\[(\d+)\]/.exec(p.field);
		const more =
			p.code === 'stale'
				? button('save-reload', 'Load the post as it is now', () => {
						forget(composer.draft.edit.id);
						dispatchEvent(new HashChangeEvent('hashchange'));
					})
				: tweet &&
					button('save-show', `Show tweet ${Number(tweet[1]) + 1}`, () =>
						document.getElementById(`tweet-${Number(tweet[1]) + 1}`)?.scrollIntoView({ block: 'center' }),
					);
		slot.show(p, more && h('p', more));
	}
}

/** Leads to what was saved. */
function done(id, text, post) {
	notice([text, ...(post.notes ?? [])].join(' '));
	location.hash = `#/post/${id}`;
}

/** Saves a new thread. */
class Creating {
	#intents = new Intents('spool.compose.intents');

	constructor(composer) {
		this.composer = composer;
	}

	async #create(look, more, text) {
		const { account } = this.composer.draft;
		const body = { ...(account ? { account_id: account } : {}), tweets: look.tweets, ...more };
		const post = await create(this.#intents, 'post', '/v1/posts', body);
		forget();
		done(post.id, text, post);
	}

	keep = (look) => this.#create(look, { draft: true }, 'Saved as a draft.');
	later = (look, { at, zone }) => this.#create(look, { at, zone }, 'Scheduled.');
	now = (look) => this.#create(look, {}, 'On its way to X.');
}

/** Saves changes of a post. */
class Editing {
	constructor(composer) {
		this.composer = composer;
	}

	async #patch(look, more) {
		const { edit } = this.composer.draft;
		const { data, etag } = await request('PATCH', `/v1/posts/${edit.id}`, {
			body: { tweets: look.tweets, ...more },
			ifMatch: edit.etag,
		});
		edit.etag = etag; // so that what follows, or a repetition, is not refused
		return data;
	}

	async #save(look, more, text) {
		const post = await this.#patch(look, more);
		forget(post.id);
		done(post.id, text, post);
	}

	keep = (look) => this.#save(look, {}, 'Saved.');
	later = (look, { at, zone }) => this.#save(look, { at, zone }, 'Saved with its time.');

	async now(look) {
		const { edit } = this.composer.draft;
		await this.#patch(look, {});
		const verb = edit.status === 'failed' ? 'retry' : 'publish';
		const { data } = await request('POST', `/v1/posts/${edit.id}/${verb}`);
		forget(edit.id);
		done(edit.id, 'On its way to X.', data);
	}
}
