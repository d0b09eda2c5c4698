// Puts into words what the API answers in codes. Pure.

/** @type {Record<string, string>} */
const statuses = {
	draft: 'Draft',
	scheduled: 'Scheduled',
	publishing: 'Going out',
	published: 'Published',
	failed: 'Stopped',
	cancelled: 'Cancelled',
	missed: 'Missed',
	deleting: 'Being deleted from X',
	deleted: 'Deleted from X',
};

/** @param {string} status @param {string} [sub] */
export const statusWord = (status, sub) => (sub === 'paused' ? 'Waiting' : (statuses[status] ?? status));

/** @type {Record<string, string>} */
const subs = {
	retry_1: 'X could not take it for the moment. Spool tries again by itself.',
	retry_2: 'X could not take it twice. Spool tries again by itself.',
	retry_3: 'X could not take it three times. Spool tries once more by itself.',
	rate_limited: 'X’s limit is reached. Spool waits and goes on by itself.',
	media_uploading: 'The pictures and videos are on their way to X.',
	media_uploaded: 'X has all pictures and videos.',
	thread_partial: 'Some tweets are out; the next ones follow.',
	reconciling: 'X’s answer to a tweet was lost. Spool reads the timeline until it knows whether the tweet is out.',
	paused: 'This waits until its account, or X’s permission for the app, is in order again.',
	unknown: 'Spool cannot find out whether one tweet is on X. Please look, and say what you see.',
};

/** @param {string} [sub] */
export const subWord = (sub) => (sub ? (subs[sub] ?? '') : '');

/** The colour family of a status. @param {string} status */
export function tone(status) {
	if (status === 'failed' || status === 'missed') return 'bad';
	if (status === 'publishing' || status === 'deleting') return 'live';
	if (status === 'published') return 'good';
	return status === 'scheduled' ? 'soon' : 'still';
}

/** The place that a problem's field means, in the page's words. @param {string} field such as tweets[2].text */
export function placeOf(field) {
	const tweet = /^(?:body\.)?tweets\[(\d+)\]/.exec(field);
	if (tweet) return `Tweet ${Number(tweet[1]) + 1}`;
	/** @type {Record<string, string>} */
	const places = {
		at: 'Time',
		zone: 'Time zone',
		account_id: 'Account',
		'numbering.format': 'Numbering',
		scopes: 'What it may do',
		bytes: 'The file',
		content_type: 'The file',
	};
	return places[field.replace(/^body\./, '')] ?? '';
}

/** @type {Record<string, string>} */
const todos = {
	not_set_up: 'Connect an account first: see Accounts.',
	stale: 'Load the post again to see what changed. What you typed here stays until you do.',
	conflict: 'Look at the post as it is now, and decide anew.',
	not_found: 'It may have been deleted. Go back to the queue.',
	forbidden: 'Sign in with a key that has the right to do this.',
	invalid_request: 'Correct it and try again.',
};

/**
 * What to do about a problem, as somebody on this page would do it. The API's own
 * words often name its operations, which are buttons here.
 * @param {{code: string, todo: string}} problem
 */
export function todoOf({ code, todo }) {
	if (code !== 'stale' && todo && !/\/v1\/|POST |GET |PUT |PATCH /.test(todo)) return todo;
	return todos[code] ?? (todo ? 'Try again; the queue shows how everything stands.' : '');
}

/** @param {string} amount in dollars, such as 0.015 */
export function money(amount) {
	const [whole, part = ''] = amount.split('.');
	return `$${whole}.${part.padEnd(2, '0')}`;
}

/** @param {number} n @param {string} one @param {string} [many] */
export const count = (n, one, many = `${one}s`) => `${n} ${n === 1 ? one : many}`;

/** @param {number} bytes */
export function size(bytes) {
	if (bytes < 1024 * 1024) return `${Math.max(1, Math.round(bytes / 1024))} KB`;
	return `${(bytes / (1024 * 1024)).toFixed(1)} MB`;
}

/**
 * The id in a tweet's address, or the id itself.
 * @param {string} text such as https://x.com/somebody/status/123
 * @returns {string} empty where there is none
 */
export function tweetID(text) {
	const m = /(?:^|\/status(?:es)?\/)(\d{1,19})(?:[/?#].*)?$/.exec(text.trim());
	return m ? m[1] : '';
}

/** @param {string} username @param {string} id */
export const tweetURL = (username, id) => `https://x.com/${encodeURIComponent(username)}/status/${id}`;
