// Keeps what belongs to a tweet (media, a poll, options) with its words while the
// text around them changes. Pure.
//
// An extra is anchored at a character of the text. Whichever tweet that character
// ends up in shows the extra.

/**
 * @typedef {{id: string, name: string, kind: string, bytes: number, alt: string, state: string, share?: number, problem?: string, todo?: string}} Medium
 * @typedef {{at: number, media: Medium[], poll: {options: string[], duration_minutes: number}|null, reply_settings: string, quote_tweet_id: string, community_id: string, made_with_ai: boolean, paid_partnership: boolean}} Extra
 * @typedef {{start: number, end: number}} Range in UTF-16 code units, half open
 */

/** @param {number} at @returns {Extra} */
export const newExtra = (at) => ({
	at,
	media: [],
	poll: null,
	reply_settings: '',
	quote_tweet_id: '',
	community_id: '',
	made_with_ai: false,
	paid_partnership: false,
});

/** @param {Extra} e */
export const isEmpty = (e) =>
	!(
		e.media.length ||
		e.poll ||
		e.reply_settings ||
		e.quote_tweet_id ||
		e.community_id ||
		e.made_with_ai ||
		e.paid_partnership
	);

/**
 * Where an anchor is after an edit: it stays with its character. When that was
 * replaced, it is where the replacement begins.
 * @param {number} at
 * @param {string} before
 * @param {string} after
 */
export function moved(at, before, after) {
	const most = Math.min(before.length, after.length);
	let head = 0;
	while (head < most && before[head] === after[head]) head++;
	let tail = 0;
	while (tail < most - head && before[before.length - 1 - tail] === after[after.length - 1 - tail]) tail++;
	if (at < head) return at;
	if (at >= before.length - tail) return at + after.length - before.length;
	return head;
}

/**
 * Which tweet each anchor belongs to.
 * @param {number[]} anchors
 * @param {Range[]} sources where the tweets lie in the text
 * @returns {number[]} indexes of tweets
 */
export function assign(anchors, sources) {
	return anchors.map((at) => {
		let index = 0;
		for (let i = 0; i < sources.length; i++) if (sources[i].start <= at) index = i;
		return index;
	});
}

/** Makes one extra of those that ended up in the same tweet. @param {Extra[]} extras */
export function merged(extras) {
	const one = newExtra(extras[0]?.at ?? 0);
	for (const e of extras) {
		one.media.push(...e.media);
		one.poll ??= e.poll;
		one.reply_settings ||= e.reply_settings;
		one.quote_tweet_id ||= e.quote_tweet_id;
		one.community_id ||= e.community_id;
		one.made_with_ai ||= e.made_with_ai;
		one.paid_partnership ||= e.paid_partnership;
	}
	return one;
}

/** A tweet as the API takes it. @param {string} text @param {Extra} [extra] */
export function tweetInput(text, extra) {
	/** @type {Record<string, any>} */
	const t = {};
	if (text) t.text = text;
	if (!extra) return t;
	const media = extra.media.filter((m) => m.state === 'ready');
	if (media.length) t.media = media.map((m) => (m.alt ? { id: m.id, alt_text: m.alt } : { id: m.id }));
	if (extra.poll) t.poll = extra.poll;
	for (const name of /** @type {const} */ ([
		'reply_settings',
		'quote_tweet_id',
		'community_id',
		'made_with_ai',
		'paid_partnership',
	]))
		if (extra[name]) t[name] = extra[name];
	return t;
}

/** The extra of a tweet of a record. @param {any} tweet as the API shows it @param {number} at @returns {Extra} */
export function extraOf(tweet, at) {
	const e = newExtra(at);
	e.media = (tweet.media ?? []).map((m) => ({
		id: m.id,
		name: '',
		kind: m.kind,
		bytes: 0,
		alt: m.alt_text ?? '',
		state: 'ready',
	}));
	e.poll = tweet.poll ?? null;
	for (const name of /** @type {const} */ (['reply_settings', 'quote_tweet_id', 'community_id']))
		e[name] = tweet[name] ?? '';
	for (const name of /** @type {const} */ (['made_with_ai', 'paid_partnership'])) e[name] = tweet[name] ?? false;
	return e;
}
