// Asks the API how what is being written will look. All rules of counting,
// splitting, links, prices and warnings are there.

import { post } from '../lib/api.js';
import { assign, isEmpty, merged, tweetInput } from './anchors.js';

/**
 * @typedef {{post: number, severity: 'error'|'warning'|'hint', code: string, message: string, start: number, end: number}} Finding
 * @typedef {object} Look
 * @property {any[]} posts as the API previews them, the locked ones first
 * @property {number} locked how many of them are out already
 * @property {import('./anchors.js').Extra[]} extras of the others, one each
 * @property {number[]} owners for each of the draft's extras the index among the others
 * @property {Array<{start: number, end: number}>} sources where the others lie in the draft's text
 * @property {Finding[]} findings
 * @property {any} cost
 * @property {any[]} tweets all of them, as the API takes them
 */

/**
 * @param {import('./draft.js').Draft} draft
 * @param {AbortSignal} signal
 * @returns {Promise<Look|null>} null where nothing is written
 */
export async function look(draft, signal) {
	const account = {
		...(draft.account ? { account_id: draft.account } : {}),
		...(draft.edit ? { post_id: draft.edit.id } : {}),
	};
	let split = null,
		texts,
		sources;
	if (draft.texts) {
		texts = draft.texts;
		sources = texts.map((_, i) => ({ start: i, end: i + 1 }));
	} else if (draft.text.trim()) {
		const numbering = draft.numbering ? { numbering: { format: draft.numbering, first: draft.first } } : {};
		split = await post(
			'/v1/preview',
			{ ...account, text: draft.text, one_each: draft.oneEach, ...numbering },
			{ signal },
		);
		texts = split.posts.map((p) => p.text);
		sources = split.posts.map((p) => p.source);
	} else {
		texts = draft.extras.every(isEmpty) ? [] : [''];
		sources = texts.map(() => ({ start: 0, end: 0 }));
	}
	if (texts.length === 0) return null;
	const owners = assign(
		draft.extras.map((e) => e.at),
		sources,
	);
	const extras = texts.map((_, i) => merged(draft.extras.filter((_, k) => owners[k] === i)));
	const locked = (draft.edit?.locked ?? []).map(lockedInput);
	const tweets = [...locked, ...texts.map((text, i) => tweetInput(text, extras[i]))];
	let shown = split;
	if (!shown || locked.length || !extras.every(isEmpty)) {
		shown = await post('/v1/preview', { ...account, tweets }, { signal });
		// That a word had to be cut is known only where the text was split.
		const cut = (split?.findings ?? [])
			.filter((f) => f.code === 'cut_word')
			.map((f) => ({ ...f, post: f.post + locked.length }));
		shown = { ...shown, findings: [...shown.findings, ...cut] };
	}
	return {
		posts: shown.posts,
		locked: locked.length,
		extras,
		owners,
		sources,
		findings: shown.findings,
		cost: shown.cost,
		tweets,
	};
}

/** A tweet of the record as the API takes it back. */
function lockedInput(t) {
	const input = {};
	for (const name of [
		'text',
		'poll',
		'reply_settings',
		'quote_tweet_id',
		'community_id',
		'made_with_ai',
		'paid_partnership',
	])
		if (t[name]) input[name] = t[name];
	if (t.media) input.media = t.media.map((m) => (m.alt_text ? { id: m.id, alt_text: m.alt_text } : { id: m.id }));
	return input;
}

/** Typing asks this long after it stopped, in milliseconds. */
const pause = 120;

/** Keeps what is shown in step with what is written: the newest question wins. */
export class Previewer {
	#timer = 0;
	#asked = new AbortController();
	#signal;
	#show;

	/** @param {AbortSignal} signal of the view @param {(look: Look|null, error?: unknown) => void} show */
	constructor(signal, show) {
		this.#signal = signal;
		this.#show = show;
		signal.addEventListener('abort', () => this.#stop());
	}

	#stop() {
		clearTimeout(this.#timer);
		this.#asked.abort();
	}

	/** Asks soon. @param {import('./draft.js').Draft} draft */
	soon(draft) {
		this.#stop();
		this.#timer = setTimeout(() => this.now(draft).catch(() => {}), pause);
	}

	/** Asks at once. @param {import('./draft.js').Draft} draft @returns {Promise<Look|null>} */
	async now(draft) {
		this.#stop();
		const asked = (this.#asked = new AbortController());
		const signal = AbortSignal.any([asked.signal, this.#signal]);
		try {
			const result = await look(draft, signal);
			if (!signal.aborted) this.#show(result);
			return result;
		} catch (e) {
			if (!signal.aborted) this.#show(null, e);
			throw e;
		}
	}
}
