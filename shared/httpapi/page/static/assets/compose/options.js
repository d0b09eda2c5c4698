// The dialogs of one tweet: what it has beside its text, and what a file shows.

/** @import {Extra, Medium} from './anchors.js' */

import { h, box, button, check, field, fill, select } from '../lib/dom.js';
import { Problem } from '../lib/api.js';
import { form, openDialog } from '../lib/ui.js';
import { tweetID } from '../lib/words.js';
import { minutes, replySettings } from './card.js';

/**
 * Asks for a file's description.
 * @param {Medium} m
 * @param {() => void} changed
 */
export function describeDialog(m, changed) {
	openDialog('describe', 'Describe this file', (close) => {
		const text = h('textarea', { id: 'describe-text', rows: 4, maxlength: 1000, value: m.alt });
		const work = () => {
			m.alt = text.value.trim();
			close();
			changed();
		};
		return form(
			{
				id: 'describe-form',
				submit: ['describe-done', 'Done', 'primary'],
				work,
				more: button('describe-cancel', 'Cancel', close),
			},
			field(text, `What ${m.name || 'the file'} shows`, 'Screen readers read it out to people who cannot see it.'),
		);
	});
}

/** How long polls may be open, in minutes, as proposals. */
const durations = [30, 60, 360, 720, 1440, 2880, 4320, 10080];

/**
 * Asks for a tweet's options.
 * @param {number} position
 * @param {Extra} extra is changed when the dialog is done
 * @param {() => void} changed
 */
export function optionsDialog(position, extra, changed) {
	openDialog('options', `Options for tweet ${position}`, (close) => {
		const reply = select({ id: 'options-reply' }, replySettings, extra.reply_settings);
		const quote = h('input', { id: 'options-quote', value: extra.quote_tweet_id, autocomplete: 'off' });
		const ai = box({ id: 'options-ai', checked: extra.made_with_ai });
		const paid = box({ id: 'options-paid', checked: extra.paid_partnership });
		const poll = pollFields(extra.poll);
		const work = () => {
			const id = tweetID(quote.value);
			if (quote.value.trim() && !id)
				throw new Problem({
					code: 'page',
					field: 'quote',
					detail: 'This is not a tweet’s address, which ends in /status/ and digits.',
				});
			if (poll.value()?.options.length === 1)
				throw new Problem({ code: 'page', field: 'poll', detail: 'A poll needs two answers at least.' });
			Object.assign(extra, {
				reply_settings: reply.value,
				quote_tweet_id: id,
				poll: poll.value(),
				made_with_ai: ai.checked,
				paid_partnership: paid.checked,
			});
			close();
			changed();
		};
		return form(
			{
				id: 'options-form',
				submit: ['options-done', 'Done', 'primary'],
				work,
				controls: { quote, poll: poll.second },
				more: button('options-cancel', 'Cancel', close),
			},
			field(reply, 'Who can reply'),
			poll.node,
			field(quote, 'Quote a tweet', 'Its address on X.'),
			check(ai, 'The media were made with AI'),
			check(paid, 'Paid partnership'),
		);
	});
}

/** @param {API.Poll|null} poll */
function pollFields(poll) {
	const answers = [0, 1, 2, 3].map((i) =>
		h('input', { id: `options-poll-${i + 1}`, value: poll?.options?.[i] ?? '', autocomplete: 'off' }),
	);
	const known = poll && !durations.includes(poll.duration_minutes) ? [...durations, poll.duration_minutes] : durations;
	const open = select(
		{ id: 'options-poll-open' },
		known.map((n) => [String(n), minutes(n)]),
		String(poll?.duration_minutes ?? 1440),
	);
	const inner = h('div.poll-fields');
	fill(
		inner,
		answers.map((a, i) => field(a, i < 2 ? `Answer ${i + 1}` : `Answer ${i + 1} (optional)`)),
		field(open, 'Open for'),
	);
	return {
		node: h(
			'details.poll-details',
			{ open: poll !== null },
			h('summary', { id: 'options-poll' }, 'Poll'),
			inner,
			h('p.hint', 'Leave all answers empty for no poll.'),
		),
		second: answers[1],
		value() {
			const options = answers.map((a) => a.value.trim()).filter(Boolean);
			return options.length ? { options, duration_minutes: Number(open.value) } : null;
		},
	};
}
