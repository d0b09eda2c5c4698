// Writing a thread: one text field, and beside it the thread as it will look on X.

/**
 * @import {Context} from '../app.js'
 * @import {Draft} from '../compose/draft.js'
 * @import {Look} from '../compose/preview.js'
 */

import { h, box, fill, button, check, field, keepFocus, select } from '../lib/dom.js';
import { request, listAccounts } from '../lib/api.js';
import { empty, notice, problemSlot } from '../lib/ui.js';
import { offered } from '../lib/offers.js';
import { count, money } from '../lib/words.js';
import { localZone, wallOf } from '../lib/time.js';
import { draftOf, newDraft, openTweets, store, stored, tweetByTweet } from '../compose/draft.js';
import { look, Previewer } from '../compose/preview.js';
import { card, finding } from '../compose/card.js';
import { Attachments } from '../compose/attach.js';
import { saveButtons } from '../compose/save.js';
import { when } from '../compose/when.js';
import { Writing } from '../compose/writing.js';

/** @type {import('../app.js').View} */
export async function show(main, ctx) {
	const {
		args: [id],
		query,
		heading,
		signal,
	} = ctx;
	const head = heading(id ? 'Edit the thread' : 'Write a thread');
	main.append(head);
	const accounts = (await listAccounts(signal)).accounts;
	const opened = id ? await open(id, signal) : (stored() ?? newDraft());
	if (opened.edit) head.append(h('span.chip.still', opened.edit.label));
	if (query.get('at') && !id) Object.assign(opened, { at: query.get('at'), zone: query.get('zone') ?? '' });
	new Composer(main, opened, accounts, ctx).start();
}

/**
 * The post that is to be edited, as it was left here, or as it is.
 * @param {string} id
 * @param {AbortSignal} signal
 * @returns {Promise<Draft>}
 */
async function open(id, signal) {
	const { data, etag } = await request('GET /v1/posts/{id}', { path: { id }, signal });
	const left = stored(id);
	const draft = draftOf(data, etag);
	if (left?.edit?.etag === etag) return { ...left, edit: draft.edit };
	if (left) notice('The post has changed since you last edited it here. This is how it is now.');
	const shown = await look(draft, signal).catch(() => null);
	const own = shown?.previews.slice(shown.locked).map((p) => p.text) ?? [];
	const open = openTweets(data).map((t) => t.text ?? '');
	return own.length === open.length && own.every((t, i) => t === open[i]) ? draft : tweetByTweet(draft, data);
}

export class Composer {
	/** @type {Look|null} */
	look = null;
	/** @type {Writing|null} the one text field, where there is one */
	writing = null;
	/** @type {Array<{key: string, node: HTMLElement}>} */
	#cards = [];

	/**
	 * @param {HTMLElement} main
	 * @param {Draft} draft
	 * @param {API.Account[]} accounts
	 * @param {Context} ctx
	 */
	constructor(main, draft, accounts, ctx) {
		this.main = main;
		this.draft = draft;
		this.accounts = accounts;
		this.ctx = ctx;
		if (!accounts.some((a) => a.id === draft.account))
			draft.account = accounts.find((a) => a.health === 'connected')?.id ?? accounts[0]?.id ?? '';
		this.list = h('ol.thread', { id: 'thread', 'aria-label': 'The thread as it will look on X' });
		this.summary = h('p.summary', { id: 'summary', role: 'status' });
		this.general = h('div', { id: 'thread-findings' });
		this.problem = problemSlot('preview-problem');
		this.attachments = new Attachments(this);
		this.previewer = new Previewer(ctx.signal, (result, error) => this.show(result, error));
		this.when = when(
			'when',
			draft,
			() => this.account()?.zone || localZone(),
			() => this.keep(),
		);
	}

	start() {
		this.main.append(
			h(
				'div.compose',
				h(
					'section.editor',
					{ 'aria-label': 'Your text' },
					this.noAccount(),
					this.accountField(),
					this.textFields(),
					this.splitting(),
					this.schedule(),
					saveButtons(this),
				),
				h(
					'section.preview',
					{ 'aria-label': 'Preview' },
					h('div.preview-head', h('h2', 'Preview'), this.summary),
					this.problem.node,
					this.general,
					this.list,
				),
			),
		);
		this.show(null);
		this.previewer.now(this.draft).catch(() => {});
	}

	/** The account that posts. */
	account() {
		return this.accounts.find((a) => a.id === this.draft.account) ?? null;
	}

	/** The draft has changed. */
	changed() {
		this.keep();
		this.previewer.soon(this.draft);
	}

	keep() {
		store(this.draft);
	}

	/** A file's upload has gone on. */
	redraw() {
		this.show(this.look);
	}

	noAccount() {
		return (
			this.accounts.length === 0 &&
			h(
				'div.panel',
				h('p', 'No account is connected yet. You can write and preview a thread; to save it, connect an account.'),
				h('p', h('a', { href: '#/setup', class: 'button', id: 'compose-setup' }, 'Go to the setup')),
			)
		);
	}

	accountField() {
		if (this.accounts.length < 2 || this.draft.edit)
			return (
				this.accounts.length > 0 &&
				h('p.quiet.as', { id: 'compose-as' }, 'Posting as ', h('strong', `@${this.account()?.username}`))
			);
		const choice = select(
			{
				id: 'compose-account',
				onchange: () => {
					this.draft.account = choice.value;
					this.when.refresh();
					this.changed();
				},
			},
			this.accounts.map((a) => [
				a.id,
				`${a.name} (@${a.username})${a.health === 'connected' ? '' : ', needs to be reconnected'}`,
			]),
			this.draft.account,
		);
		return field(choice, 'Account');
	}

	/** The one text field, or one for each tweet of a thread that no splitting would give. */
	textFields() {
		const { draft } = this;
		const { texts } = draft;
		if (texts) {
			return h(
				'div.fields',
				h('p.hint', 'This thread was written tweet by tweet, so each tweet has its own field.'),
				texts.map((text, i) => {
					const area = h('textarea', {
						id: `text-${i + 1}`,
						rows: 3,
						value: text,
						oninput: () => {
							texts[i] = area.value;
							this.changed();
						},
					});
					this.attachments.listen(area, () => i);
					return field(area, `Tweet ${i + 1 + (draft.edit?.locked.length ?? 0)}`);
				}),
			);
		}
		this.writing = new Writing(this);
		return this.writing.node;
	}

	splitting() {
		const { draft } = this;
		if (draft.texts) return null;
		const numbers = select(
			{
				id: 'compose-numbering',
				onchange: () => {
					[draft.numbering, draft.first] = [numbers.value.replace(/^first /, ''), numbers.value.startsWith('first ')];
					this.changed();
				},
			},
			[
				['', 'No numbers'],
				['1/n', 'At the end: 1/5'],
				['(1/n)', 'At the end: (1/5)'],
				['first 1/n', 'At the start: 1/5'],
				['first 1.', 'At the start: 1.'],
				['first 🧵 1/n', 'At the start: 🧵 1/5'],
			],
			(draft.first ? 'first ' : '') + draft.numbering,
		);
		const oneEach = box({
			id: 'compose-one-each',
			checked: draft.oneEach,
			onchange: () => {
				draft.oneEach = oneEach.checked;
				this.changed();
			},
		});
		return h(
			'div.pair',
			!draft.edit?.locked.length && field(numbers, 'Numbering'),
			check(oneEach, 'One tweet per paragraph'),
		);
	}

	schedule() {
		const { edit } = this.draft;
		if (edit && !offered(edit, 'schedule')) return null;
		/** @type {(label: string, id: string, hours: number) => HTMLElement} */
		const quick = (label, id, hours) =>
			button(
				id,
				label,
				() => {
					const zone = this.draft.zone || this.account()?.zone || localZone();
					const at = new Date(Date.now() + hours * 3600e3);
					this.draft.at = wallOf(at, zone);
					/** @type {HTMLInputElement} */ (document.getElementById('when-at')).value = this.draft.at;
					this.when.refresh();
					this.keep();
				},
				{ class: 'small' },
			);
		return h(
			'fieldset.schedule',
			h('legend', 'When'),
			this.when.node,
			h('div.quick', quick('In an hour', 'when-hour', 1), quick('In a day', 'when-day', 24)),
		);
	}

	/**
	 * Shows how the thread will look. Cards that stay the same stay in place, and with
	 * them the focus.
	 * @param {Look|null} look
	 * @param {unknown} [error]
	 */
	show(look, error) {
		this.problem.clear();
		if (error) {
			// what is shown stays: it is better than nothing
			this.problem.show(error);
			return;
		}
		this.look = look;
		const account = this.account();
		const tweets = look?.previews ?? [];
		const outside = look?.locked ?? 0;
		this.#cards = tweets.map((tweet, i) => {
			const locked = i < outside;
			const input = {
				position: i + 1,
				total: tweets.length,
				tweet,
				account,
				findings: look?.findings.filter((f) => f.tweet === i + 1) ?? [],
				extra: (!locked && look?.extras[i - outside]) || null,
				locked,
				thumb: this.attachments.thumb,
				toLine: this.writing?.toLine,
			};
			const key = JSON.stringify(input);
			if (this.#cards[i]?.key === key) return this.#cards[i];
			const node = card(input, this.attachments);
			if (!locked) this.attachments.target(node, i + 1);
			return { key, node };
		});
		const nodes = this.#cards.map((c) => c.node);
		if (nodes.length !== this.list.children.length || nodes.some((n, i) => n !== this.list.children[i]))
			keepFocus(() => fill(this.list, nodes));
		this.general.hidden = this.list.hidden = !look;
		const whole = (look?.findings ?? []).filter((f) => f.tweet === 0);
		fill(
			this.general,
			whole.length > 0 &&
				h(
					'ul.findings',
					whole.map((f, i) => finding(f, `finding-${i + 1}`, this.writing?.toLine)),
				),
		);
		this.#summarize(look);
	}

	/** @param {Look|null} look */
	#summarize(look) {
		this.main.querySelector('#preview-empty')?.remove();
		if (!look) {
			fill(this.summary);
			this.list.before(
				h(
					'div',
					{ id: 'preview-empty' },
					empty(
						'Your thread appears here as you write.',
						h('p', 'With its character counts, links, pictures and price, the way X will show it.'),
					),
				),
			);
			return;
		}
		const errors = look.findings.filter((f) => f.severity === 'error').length;
		const warnings = look.findings.filter((f) => f.severity === 'warning').length;
		/** @type {Array<Node|string>} */
		const parts = [
			count(look.previews.length, 'tweet'),
			h('span', { id: 'price', title: 'What X charges for it' }, money(look.cost.total)),
		];
		if (errors) parts.push(h('strong.bad', count(errors, 'error')));
		if (warnings) parts.push(h('span.warn', count(warnings, 'warning')));
		fill(
			this.summary,
			parts.flatMap((p, i) => (i ? [' · ', p] : [p])),
		);
	}
}
