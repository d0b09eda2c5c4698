// Speaks with Spool's HTTP API.

/** What the API refused, or why it could not be reached. */
export class Problem extends Error {
	/** @param {{status?: number, code?: string, detail?: string, field?: string, todo?: string, errors?: Array<{field: string, code?: string, message: string}>}} p */
	constructor(p) {
		super(p.detail || 'Something went wrong.');
		this.status = p.status ?? 0;
		this.code = p.code ?? 'internal';
		this.field = p.field ?? '';
		this.todo = p.todo ?? '';
		this.errors = p.errors ?? [];
	}
}

/**
 * @typedef {object} Options
 * @property {any} [body] sent as JSON
 * @property {AbortSignal} [signal]
 * @property {string} [key] Idempotency-Key
 * @property {string} [ifMatch] the revision that the request is about
 */

/**
 * Makes a request. Errors are a {@link Problem}, save that of an aborted request.
 * @param {string} method
 * @param {string} path
 * @param {Options} [o]
 * @returns {Promise<{data: any, etag: string}>} data is null where the answer has no body
 */
export async function request(method, path, o = {}) {
	const headers = { Accept: 'application/json' };
	if (o.body !== undefined) headers['Content-Type'] = 'application/json';
	if (o.key) headers['Idempotency-Key'] = o.key;
	if (o.ifMatch) headers['If-Match'] = o.ifMatch;
	let response, text;
	try {
		response = await fetch(path, {
			method,
			headers,
			signal: o.signal,
			credentials: 'same-origin',
			body: o.body === undefined ? undefined : encode(o.body),
		});
		text = await response.text();
	} catch (e) {
		if (o.signal?.aborted) throw e;
		throw new Problem({
			code: 'network',
			detail: 'Spool could not be reached.',
			todo: 'Check the connection and press the button again. What you typed is kept, and repeating is safe: nothing is saved or posted twice.',
		});
	}
	const data = parse(text);
	if (response.ok) return { data, etag: response.headers.get('ETag') ?? '' };
	const problem = new Problem({
		status: response.status,
		detail: `Spool answered with the status ${response.status}.`,
		todo: 'Try again in a moment.',
		...data,
	});
	if (response.status === 401 && path !== '/v1/session') window.dispatchEvent(new CustomEvent('spool:signed-out'));
	throw problem;
}

// As it stands the API refuses this character: API Gateway puts it where text was damaged.
const encode = (body) => JSON.stringify(body).replaceAll('\ufffd', '\\ufffd');

function parse(text) {
	try {
		return text ? JSON.parse(text) : null;
	} catch {
		return null;
	}
}

/** @param {string} path @param {AbortSignal} [signal] */
export const get = async (path, signal) => (await request('GET', path, { signal })).data;

/** All accounts, page after page. @param {AbortSignal} [signal] @returns {Promise<{accounts: any[], pause?: any}>} */
export async function listAccounts(signal) {
	const accounts = [];
	for (let cursor = ''; ;) {
		const page = await get(`/v1/accounts${cursor && `?cursor=${encodeURIComponent(cursor)}`}`, signal);
		accounts.push(...page.accounts);
		cursor = page.next_cursor ?? '';
		if (!cursor) return { ...page, accounts };
	}
}

/** @param {string} path @param {any} [body] @param {Options} [o] */
export const post = async (path, body, o) => (await request('POST', path, { ...o, body })).data;

/**
 * Keeps the keys of what somebody wants to create. As long as the same is wanted
 * under a name, the key stays the same; so a second press or a repetition after a
 * lost answer creates nothing a second time. With a name of its own it outlives a
 * reload.
 */
export class Intents {
	#wanted = new Map();
	#stored;

	/** @param {string} [stored] name in the browser's session storage */
	constructor(stored) {
		this.#stored = stored;
		if (stored) this.#wanted = new Map(JSON.parse(sessionStorage.getItem(stored) ?? '[]'));
	}

	key(name, body) {
		const json = JSON.stringify(body ?? null);
		const known = this.#wanted.get(name);
		if (known?.json === json) return known.key;
		const key = crypto.randomUUID();
		this.#wanted.set(name, { json, key });
		this.#keep();
		return key;
	}

	/** It was created: the same again is another one. @param {string} name */
	done(name) {
		this.#wanted.delete(name);
		this.#keep();
	}

	#keep() {
		if (this.#stored) sessionStorage.setItem(this.#stored, JSON.stringify([...this.#wanted]));
	}
}

/**
 * Creates something, once.
 * @param {Intents} intents
 * @param {string} name of what is wanted
 * @param {string} path
 * @param {any} [body]
 */
export async function create(intents, name, path, body) {
	const data = await post(path, body, { key: intents.key(name, body) });
	intents.done(name);
	return data;
}
