// Keeps what belongs to a tweet (media, a poll, options) with its words while the
// text around them changes. Pure.
//
// An extra is anchored at a character of the text. Whichever tweet that character
// ends up in shows the extra.

/**
 * A file of a tweet.
 * @typedef {object} Medium
 * @property {string} id
 * @property {string} name
 * @property {NonNullable<API.Media['kind']>} kind
 * @property {number} bytes
 * @property {string} alt what it shows
 * @property {'reading'|'uploading'|'checking'|'ready'|'refused'} state
 * @property {number} [share] of it that is uploaded, from 0 to 1
 * @property {string} [problem] why it was refused
 * @property {string} [todo]
 * @property {boolean} [fixed] the text says that it is there, so that it is changed there
 *
 * What a tweet has beside its text.
 * @typedef {object} Extra
 * @property {number} at where it is anchored
 * @property {Medium[]} media
 * @property {API.Poll|null} poll
 * @property {string} reply_settings
 * @property {string} quote_tweet_id
 * @property {string} community_id
 * @property {boolean} made_with_ai
 * @property {boolean} paid_partnership
 *
 * @typedef {{start: number, end: number}} Range in UTF-16 code units, half open
 */

/**
 * @param {number} at
 * @returns {Extra}
 */
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

/**
 * Makes one extra of those that ended up in the same tweet.
 * @param {Extra[]} extras
 */
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

/**
 * A tweet as the API takes it.
 * @param {string} text
 * @param {Extra} [extra]
 * @returns {API.TweetInput}
 */
export function tweetInput(text, extra) {
	/** @type {API.TweetInput} */
	const t = text ? { text } : {};
	if (!extra) return t;
	const media = extra.media.filter((m) => m.state === 'ready');
	if (media.length) t.media = media.map((m) => (m.alt ? { id: m.id, alt_text: m.alt } : { id: m.id }));
	if (extra.poll) t.poll = extra.poll;
	if (extra.reply_settings) t.reply_settings = /** @type {API.TweetInput['reply_settings']} */ (extra.reply_settings);
	if (extra.quote_tweet_id) t.quote_tweet_id = extra.quote_tweet_id;
	if (extra.community_id) t.community_id = extra.community_id;
	if (extra.made_with_ai) t.made_with_ai = true;
	if (extra.paid_partnership) t.paid_partnership = true;
	return t;
}

/**
 * The files of a tweet that the API knows.
 * @param {Pick<API.Tweet, 'media'>} tweet
 * @returns {Medium[]}
 */
export const mediaOf = ({ media }) =>
	(media ?? []).map(({ id, kind, alt_text = '' }) => ({ id, name: '', kind, bytes: 0, alt: alt_text, state: 'ready' }));

/**
 * The extra of a tweet of a record, or of a preview.
 * @param {Pick<API.Tweet, 'media'|'poll'|keyof API.PreviewTweet & keyof API.Tweet>} tweet
 * @param {number} at
 * @returns {Extra}
 */
export const extraOf = (tweet, at) => ({
	at,
	media: mediaOf(tweet),
	poll: tweet.poll ?? null,
	reply_settings: tweet.reply_settings ?? '',
	quote_tweet_id: tweet.quote_tweet_id ?? '',
	community_id: tweet.community_id ?? '',
	made_with_ai: tweet.made_with_ai ?? false,
	paid_partnership: tweet.paid_partnership ?? false,
});
