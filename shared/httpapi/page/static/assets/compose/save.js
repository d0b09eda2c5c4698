// Saving what was written: as a draft, for a time, or to go out now.

/**
 * @import {Slot} from '../lib/ui.js'
 * @import {Composer} from '../views/compose.js'
 * @import {Look} from './preview.js'
 * @import {Way} from './saving.js'
 */

import { h, button, icon } from '../lib/dom.js';
import { Intents, Problem } from '../lib/api.js';
import { confirmDialog, notice, problemOf, problemSlot } from '../lib/ui.js';
import { count, money } from '../lib/words.js';
import { isEmpty } from './anchors.js';
import { forget } from './draft.js';
import { look } from './preview.js';
import { save, saved, ways } from './saving.js';

/** @type {Record<Way, string>} */
const ids = { schedule: 'save-schedule', now: 'save-now', keep: 'save-draft' };

/** @param {Composer} composer */
export function saveButtons(composer) {
	const { draft } = composer;
	const { edit } = draft;
	const slot = problemSlot('save-problem');
	const intents = new Intents('spool.compose.intents');
	/** @type {(way: Way, shown: Look, time?: {at: string, zone: string}) => Promise<void>} */
	const store = async (way, shown, time) => {
		const post = await save(draft, intents, way, shown, time);
		notice(saved(way, post));
		location.hash = `#/post/${post.id}`;
	};
	/** @type {Record<Way, () => unknown>} */
	const work = {
		schedule: () => {
			const time = composer.when.check();
			return time && attemptSave(slot, composer, async () => store('schedule', await ready(composer), time));
		},
		now: () => attemptSave(slot, composer, async () => askNow(composer, await ready(composer), store)),
		keep: () => attemptSave(slot, composer, async () => store('keep', await ready(composer))),
	};
	const buttons = ways(edit).map(({ way, label }, i) =>
		button(ids[way], label, work[way], { class: i === 0 ? 'primary' : '' }),
	);
	return h(
		'div.save',
		slot.node,
		buttons.length ? h('div.actions', buttons) : h('p.hint', 'This post can no longer be edited.'),
		h('p.hint', edit ? backTo(edit.id) : startOver(composer)),
	);
}

/** @param {string} id */
function backTo(id) {
	const href = `#/post/${id}`;
	return h('a', { href, id: 'save-back', onclick: () => forget(id) }, 'Back to the post without saving');
}

/**
 * Empties the field, after asking.
 * @param {Composer} composer
 */
function startOver({ draft }) {
	const ask = () => {
		if (!draft.text.trim() && draft.extras.every(isEmpty)) return;
		confirmDialog('clear', {
			title: 'Start over?',
			text: 'What you wrote here and did not save will be lost.',
			yes: 'Discard it',
			danger: true,
			work: async () => reload(),
		});
	};
	return button('save-clear', [icon('close'), 'Start over'], ask, { class: 'plain small' });
}

/**
 * Forgets what was written here, and shows what is stored.
 * @param {string} [id] of the post that is edited
 */
function reload(id) {
	forget(id);
	dispatchEvent(new HashChangeEvent('hashchange'));
}

/**
 * Asks before a thread goes out.
 * @param {Composer} composer
 * @param {Look} shown
 * @param {(way: Way, shown: Look) => Promise<void>} store
 */
function askNow(composer, shown, store) {
	const what = shown.locked ? 'The rest of the thread' : 'The thread';
	confirmDialog('publish-now', {
		title: 'Publish now?',
		yes: `Publish ${count(shown.previews.length - shown.locked, 'tweet')}`,
		text:
			`${what} goes out as @${composer.account()?.username} at once. ` +
			`X charges about ${money(shown.cost.total)} for all of it.`,
		work: () => store('now', shown),
	});
}

/**
 * The thread as it is now, not as it was when typing last paused.
 * @param {Composer} composer
 * @returns {Promise<Look>}
 */
async function ready(composer) {
	const waiting = composer.draft.extras.flatMap((e) => e.media).filter((m) => m.state !== 'ready');
	if (waiting.some((m) => m.state === 'refused'))
		throw plain('One of the files was refused.', 'Remove it, or replace it.');
	if (waiting.length) {
		const verb = waiting.length === 1 ? 'is' : 'are';
		throw plain(
			`${count(waiting.length, 'file')} ${verb} still being uploaded.`,
			'Wait for the upload to finish, then press again.',
		);
	}
	const shown = await look(composer.draft, composer.ctx.signal);
	composer.show(shown);
	if (!shown) throw plain('There is nothing to save yet.', 'Write something, or add a picture.');
	return shown;
}

/**
 * @param {string} detail
 * @param {string} todo
 */
const plain = (detail, todo) => new Problem({ code: 'page', detail, todo });

/**
 * Does it; a refusal shows where, and a conflict leads to the post as it is now.
 * @param {Slot} slot
 * @param {Composer} composer
 * @param {() => Promise<unknown>} work
 */
async function attemptSave(slot, composer, work) {
	slot.clear();
	try {
		await work();
	} catch (e) {
		if (composer.ctx.signal.aborted) return;
		const p = problemOf(e);
		const more = wayOn(p, composer.draft.edit?.id);
		slot.show(p, more && h('p', more));
	}
}

/**
 * @param {Problem} p
 * @param {string} [id] of the post that is edited
 */
function wayOn(p, id) {
	if (p.code === 'stale') return button('save-reload', 'Reload the post', () => reload(id));
	const tweet = /tweets\[(\d+)\]/.exec(p.field);
	if (!tweet) return null;
	const position = Number(tweet[1]) + 1;
	const show = () => document.getElementById(`tweet-${position}`)?.scrollIntoView({ block: 'center' });
	return button('save-show', `Show tweet ${position}`, show);
}
