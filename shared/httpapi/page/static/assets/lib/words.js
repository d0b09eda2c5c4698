// Puts into words what the API answers in codes. Pure.

/**
 * The colour family of a post, by how it stands.
 * @param {Pick<API.Post, 'status'|'needs_you'>} post
 */
export function tone({ status, needs_you }) {
	if (needs_you) return 'bad';
	if (status === 'publishing' || status === 'deleting') return 'live';
	if (status === 'published') return 'good';
	return status === 'scheduled' ? 'soon' : 'still';
}

/**
 * The place that a problem's field means, in the page's words.
 * @param {string} field such as tweets[2].text
 */
export function placeOf(field) {
	const tweet = /^(?:body\.)?tweets\[(\d+)\]/.exec(field);
	if (tweet) return `Tweet ${Number(tweet[1]) + 1}`;
	const line = /^line (\d+)$/.exec(field);
	if (line) return `Line ${line[1]}`;
	/** @type {Record<string, string>} */
	const places = {
		at: 'Time',
		zone: 'Time zone',
		account_id: 'Account',
		'numbering.format': 'Numbering',
		scopes: 'Permissions',
		bytes: 'The file',
		content_type: 'The file',
	};
	return places[field.replace(/^body\./, '')] ?? '';
}

/**
 * What to do about a problem. That a post has changed the page knows better than the
 * API: what was typed is here.
 * @param {{code: string, todo?: string}} problem
 */
export function todoOf({ code, todo = '' }) {
	return code === 'stale' ? 'Reload the post to see what changed. What you typed here stays until you do.' : todo;
}

/** @param {string} amount in dollars, such as 0.015 */
export function money(amount) {
	const [whole, part = ''] = amount.split('.');
	return `$${whole}.${part.padEnd(2, '0')}`;
}

/**
 * @param {number} n
 * @param {string} one
 * @param {string} [many]
 */
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

/**
 * @param {string} username
 * @param {string} id
 */
export const tweetURL = (username, id) => `https://x.com/${encodeURIComponent(username)}/status/${id}`;
