// A tweet as it will look on X.

/**
 * @import {Extra, Medium} from './anchors.js'
 * @import {Child} from '../lib/dom.js'
 */

import { h, s, button, icon } from '../lib/dom.js';
import { count, size } from '../lib/words.js';
import { mediaOf } from './anchors.js';

/**
 * @typedef {object} CardInput
 * @property {number} position from 1
 * @property {number} total
 * @property {Shown} tweet
 * @property {{name: string, username: string}|null} account
 * @property {API.Finding[]} findings
 * @property {Extra|null} extra null where nothing can be changed
 * @property {boolean} locked it is on X
 * @property {(id: string) => string|undefined} thumb the address of a file that was picked here
 * @property {Child} [foot] what else stands below it
 * @property {(line: number) => void} [toLine] goes to a line of the text
 *
 * @typedef {Partial<API.PreviewTweet> & {text: string}} Shown a tweet as the API previews or records it
 *
 * What can be done on a card.
 * @typedef {object} CardActions
 * @property {(position: number) => void} pick
 * @property {(position: number) => void} options
 * @property {(position: number, id: string) => void} describe
 * @property {(position: number, id: string) => void} remove
 */

/**
 * @param {CardInput} input
 * @param {CardActions|null} actions
 * @returns {HTMLElement}
 */
export function card(input, actions) {
	const { position, total, tweet, account, findings, extra, locked, foot } = input;
	const worst = findings.some((f) => f.severity === 'error') ? ' has-error' : '';
	return h(
		'li',
		{ class: `tweet${worst}${locked ? ' locked' : ''}`, id: `tweet-${position}`, 'data-position': position },
		avatar(account),
		h(
			'div.tweet-body',
			h(
				'p.tweet-head',
				h('strong', account?.name ?? 'Your name'),
				h('span.quiet', `@${account?.username ?? 'account'}`),
				h('span.quiet.place', `${position} of ${total}`),
			),
			tweet.text && h('p.tweet-text', { dir: 'auto' }, marked(tweet, findings)),
			media(input, actions),
			poll(extra?.poll ?? tweet.poll),
			tags(extra ?? tweet),
			findings.length > 0 &&
				h(
					'ul.findings',
					findings.map((f, i) => finding(f, `finding-${position}-${i + 1}`, input.toLine)),
				),
			h(
				'div.tweet-foot',
				locked && h('span.chip.good', 'Already on X: cannot be changed'),
				extra &&
					actions && [
						button(`tweet-${position}-media`, icon('media'), () => actions.pick(position), {
							class: 'plain',
							'aria-label': `Add media to tweet ${position}`,
							title: 'Add media',
						}),
						button(`tweet-${position}-options`, icon('options'), () => actions.options(position), {
							class: 'plain',
							'aria-label': `Options for tweet ${position}`,
							title: 'Replies, poll and more',
						}),
					],
				foot,
				ring(tweet),
			),
		),
	);
}

/**
 * One thing that is said of a tweet or a thread, with the way to its line.
 * @param {API.Finding} f
 * @param {string} id
 * @param {(line: number) => void} [toLine]
 */
export function finding({ severity, message, line }, id, toLine) {
	const way = line && toLine && [' ', button(id, `Line ${line}`, () => toLine(line), { class: 'plain small line' })];
	return h('li', { class: severity }, h('span.sr', `${severities[severity]}: `), message, way);
}

/** @type {Record<string, string>} */
const severities = { error: 'Error', warning: 'Warning', hint: 'Hint' };

/** @param {{name: string}|null} account */
export const avatar = (account) =>
	h('div.avatar', { 'aria-hidden': 'true' }, [...(account?.name || 'S')][0].toUpperCase());

/**
 * The text with its links, mentions and tags marked, and what is wrong in it.
 * @param {Shown} tweet
 * @param {API.Finding[]} findings
 */
function marked(tweet, findings) {
	const ranges = (tweet.entities ?? []).map((e) => ({ start: e.start, end: e.end, class: 'entity' }));
	if (tweet.over) ranges.push({ ...tweet.over, class: 'over' });
	for (const f of findings)
		if (f.end > f.start && f.code !== 'too_long')
			ranges.push({ start: f.start, end: f.end, class: `mark-${f.severity}` });
	const edges = [...new Set([0, tweet.text.length, ...ranges.flatMap((r) => [r.start, r.end])])].sort((a, b) => a - b);
	return edges.slice(1).map((end, i) => {
		const start = edges[i];
		const classes = ranges.filter((r) => r.start <= start && end <= r.end).map((r) => r.class);
		const piece = tweet.text.slice(start, end);
		if (classes.length === 0) return piece;
		return h(classes.includes('over') ? 'mark' : 'span', { class: [...new Set(classes)].join(' ') }, piece);
	});
}

/**
 * How full the tweet is, where that is known.
 * @param {Shown} tweet
 */
function ring({ limit = 0, weighted_length = 0, remaining = 0 }) {
	if (limit === 0) return null;
	const around = 2 * Math.PI * 9;
	const share = Math.min(1, weighted_length / limit);
	const state = remaining < 0 ? 'over' : remaining <= 20 ? 'near' : 'fine';
	const words = remaining < 0 ? `${count(-remaining, 'character')} too many` : `${count(remaining, 'character')} left`;
	return h(
		'span',
		{ class: `ring ${state}`, title: words },
		h('span.ring-number', { 'aria-hidden': 'true' }, remaining),
		h('span.sr', words),
		s(
			'svg',
			{ viewBox: '0 0 24 24', 'aria-hidden': 'true' },
			s('circle', { cx: 12, cy: 12, r: 9, class: 'ring-back' }),
			s('circle', {
				cx: 12,
				cy: 12,
				r: 9,
				class: 'ring-full',
				'stroke-dasharray': `${share * around} ${around}`,
				transform: 'rotate(-90 12 12)',
			}),
		),
	);
}

/**
 * @param {CardInput} input
 * @param {CardActions|null} actions
 */
function media({ position, tweet, extra, thumb }, actions) {
	const files = extra ? extra.media : mediaOf(tweet);
	if (files.length === 0) return null;
	return h(
		'ul',
		{ class: `media of-${Math.min(files.length, 4)}` },
		files.map((m, i) =>
			medium(
				m,
				`tweet-${position}-file-${i + 1}`,
				thumb(m.id),
				extra && actions && !m.fixed
					? {
							describe: () => actions.describe(position, m.id),
							remove: () => actions.remove(position, m.id),
						}
					: null,
			),
		),
	);
}

/** @type {Record<string, string>} */
const kinds = { image: 'Picture', gif: 'GIF', video: 'Video' };

/**
 * One file with its state.
 * @param {Medium} m
 * @param {string} id
 * @param {string|undefined} address
 * @param {{describe: () => void, remove: () => void}|null} actions
 */
function medium(m, id, address, actions) {
	const what = m.name || kinds[m.kind] || 'File';
	const picture =
		address &&
		m.state !== 'refused' &&
		(m.kind === 'video'
			? h('video', { src: address, muted: true, preload: 'metadata', 'aria-label': m.alt || what })
			: h('img', { src: address, alt: m.alt || what }));
	const sharePercent = Math.round((m.share ?? 0) * 100);
	return h(
		'li',
		{ class: `medium ${m.state}`, id },
		picture || h('span.medium-none', icon('media'), m.alt || what),
		!['ready', 'refused'].includes(m.state) &&
			h(
				'div.medium-state',
				h(
					'label',
					{ for: `${id}-progress` },
					m.state === 'uploading'
						? `Uploading ${size(m.bytes)}: ${sharePercent} %`
						: m.state === 'checking'
							? 'Checking the file…'
							: 'Reading the file…',
				),
				h('progress', { id: `${id}-progress`, max: 100, value: m.state === 'uploading' ? sharePercent : undefined }),
			),
		m.state === 'refused' && h('p.medium-state.refused', { role: 'alert' }, `${m.problem} ${m.todo ?? ''}`),
		actions &&
			h(
				'div.medium-tools',
				m.state === 'ready' &&
					button(`${id}-alt`, m.alt ? 'ALT ✓' : 'ALT', actions.describe, {
						class: 'small',
						'aria-label': `Describe ${what}${m.alt ? ' (described)' : ''}`,
					}),
				button(`${id}-remove`, icon('close'), actions.remove, { class: 'small', 'aria-label': `Remove ${what}` }),
			),
	);
}

/** @param {API.Poll} [p] */
function poll(p) {
	return (
		p &&
		h(
			'div.poll',
			(p.options ?? []).map((o) => h('div.poll-option', o || '…')),
			h('p.quiet', `Poll, open for ${minutes(p.duration_minutes)}`),
		)
	);
}

/** @param {number} n */
export const minutes = (n) =>
	n % 1440 === 0 ? count(n / 1440, 'day') : n % 60 === 0 ? count(n / 60, 'hour') : count(n, 'minute');

/** Who may reply. */
export const replySettings = /** @type {Array<[string, string]>} */ ([
	['', 'Everyone'],
	['following', 'Accounts you follow'],
	['mentionedUsers', 'Only accounts you mention'],
	['verified', 'Verified accounts'],
	['subscribers', 'Subscribers'],
]);

/**
 * What else was chosen for the tweet.
 * @param {Partial<Omit<Extra, 'poll'|'media'>>} e
 */
function tags(e) {
	const said = [
		e.reply_settings && `Replies: ${replySettings.find(([v]) => v === e.reply_settings)?.[1] ?? e.reply_settings}`,
		e.quote_tweet_id && `Quotes tweet ${e.quote_tweet_id}`,
		e.community_id && `In community ${e.community_id}`,
		e.made_with_ai && 'Made with AI',
		e.paid_partnership && 'Paid partnership',
	].filter(Boolean);
	return (
		said.length > 0 &&
		h(
			'p.tags',
			said.map((t) => h('span.chip.still', t)),
		)
	);
}
