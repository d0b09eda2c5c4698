// Asks the API how what is being written will look. All rules of counting,
// splitting, links, prices and warnings are there.

/**
 * @import {Extra, Range} from './anchors.js'
 * @import {Draft} from './draft.js'
 */

import { call } from '../lib/api.js';
import { assign, extraOf, isEmpty, merged, tweetInput } from './anchors.js';

/**
 * How a draft will look.
 * @typedef {object} Look
 * @property {API.PreviewTweet[]} previews the tweets as the API previews them, the locked ones first
 * @property {number} locked how many of them are out already
 * @property {Extra[]} extras of the others, one each
 * @property {number[]} owners for each of the draft's extras the index among the others
 * @property {Range[]} sources where the others lie in the draft's text
 * @property {API.Finding[]} findings
 * @property {API.Cost} cost
 * @property {API.TweetInput[]} tweets all of them, as the API takes them
 */

/**
 * @param {Draft} draft
 * @param {AbortSignal} signal
 * @returns {Promise<Look|null>} null where nothing is written
 */
export async function look(draft, signal) {
	const whose = { account_id: draft.account || undefined, post_id: draft.edit?.id };
	const { texts, sources, split } = await parts(draft, whose, signal);
	if (texts.length === 0) return null;
	const anchors = draft.extras.map((e) => e.at);
	const owners = assign(anchors, sources);
	const extras = texts.map((_, i) =>
		merged([...draft.extras.filter((_, k) => owners[k] === i), ...given(split?.tweets[i])]),
	);
	const locked = (draft.edit?.locked ?? []).map((t) => tweetInput(t.text ?? '', extraOf(t, 0)));
	const tweets = [...locked, ...texts.map((text, i) => tweetInput(text, extras[i]))];
	let shown = split;
	if (!shown || locked.length || !extras.every(isEmpty)) {
		shown = await call('POST /v1/preview', { body: { ...whose, tweets }, signal });
		shown.findings.push(...onlyOf(split?.findings ?? [], shown.findings, locked.length));
	}
	const { tweets: previews, cost } = shown;
	/** @type {API.Finding[]} */
	const findings = shown.findings.map((f) => {
		const line = f.line ?? split?.tweets[f.tweet - 1 - locked.length]?.line;
		const message = f.code === 'file_left_out' ? f.message.replace(/( the text\.) .*/, addHere) : f.message;
		return line ? { ...f, message, line } : { ...f, message };
	});
	if (saysMore(draft)) findings.push(notHere);
	return { previews, locked: locked.length, extras, owners, sources, findings, cost, tweets };
}

/**
 * What the text itself says that a tweet has, as Markdown may.
 * @param {API.PreviewTweet} [tweet]
 * @returns {Extra[]}
 */
function given(tweet) {
	if (!tweet) return [];
	const own = extraOf(tweet, 0);
	for (const m of own.media) m.fixed = true;
	return [own];
}

/** @type {API.Finding} */
const notHere = {
	tweet: 0,
	severity: 'hint',
	code: 'page_front_matter',
	message: 'The account and the time in the front matter are not used here: what is chosen on this page counts.',
	start: 0,
	end: 0,
};

/** What to do about a file that the text names: here it is added to its tweet, in place of its id to the text. */
const addHere = '$1 Add it to this tweet, and take its mark out of the text.';

/** Reports whether a text says what the page has fields for. @param {Draft} draft */
const saysMore = ({ format, texts, text }) =>
	!texts && format === 'markdown' && /^\s*(---|\+\+\+) *\n(?:(?!\1).*\n)*?(at|zone|account) *[:=]/.test(text);

/**
 * What is known only where the text was split: that a word had to be cut, or what the tweets have not of Markdown.
 * @param {API.Finding[]} split
 * @param {API.Finding[]} shown what is said of the tweets
 * @param {number} locked how many tweets stand before those of the text
 */
function onlyOf(split, shown, locked) {
	const said = new Set(shown.map((f) => `${f.tweet} ${f.code}`));
	const all = split.map((f) => ({ ...f, tweet: f.tweet && f.tweet + locked }));
	return all.filter((f) => !said.has(`${f.tweet} ${f.code}`));
}

/**
 * The texts of the tweets that are being written, where they lie in the draft, and the
 * preview that split them, if one did.
 * @param {Draft} draft
 * @param {{account_id?: string, post_id?: string}} whose
 * @param {AbortSignal} signal
 * @returns {Promise<{texts: string[], sources: Range[], split?: API.Answer<'POST /v1/preview'>}>}
 */
async function parts(draft, whose, signal) {
	if (draft.texts) return { texts: draft.texts, sources: draft.texts.map((_, i) => ({ start: i, end: i + 1 })) };
	if (draft.text.trim() === '') {
		const none = draft.extras.every(isEmpty);
		return none ? { texts: [], sources: [] } : { texts: [''], sources: [{ start: 0, end: 0 }] };
	}
	const numbering = draft.numbering ? { format: draft.numbering, first: draft.first } : undefined;
	const body = { ...whose, text: draft.text, format: draft.format, one_each: draft.oneEach, numbering };
	const split = await call('POST /v1/preview', { body, signal });
	const sources = split.tweets.map((p) => p.source ?? { start: 0, end: 0 });
	return { texts: split.tweets.map((p) => p.text), sources, split };
}

/** Typing asks this long after it stopped, in milliseconds. */
const pause = 120;

/** Keeps what is shown in step with what is written: the newest question wins. */
export class Previewer {
	/** @type {ReturnType<typeof setTimeout>|undefined} */
	#timer;
	#asked = new AbortController();
	#signal;
	#show;

	/**
	 * @param {AbortSignal} signal of the view
	 * @param {(look: Look|null, error?: unknown) => void} show
	 */
	constructor(signal, show) {
		this.#signal = signal;
		this.#show = show;
		signal.addEventListener('abort', () => this.#stop());
	}

	#stop() {
		clearTimeout(this.#timer);
		this.#asked.abort();
	}

	/**
	 * Asks soon.
	 * @param {Draft} draft
	 */
	soon(draft) {
		this.#stop();
		this.#timer = setTimeout(() => this.now(draft).catch(() => {}), pause);
	}

	/**
	 * Asks at once.
	 * @param {Draft} draft
	 * @returns {Promise<Look|null>}
	 */
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
