// Speaks with Spool's HTTP API.

/** What the API refused, or why it could not be reached. */
export class Problem extends Error {
	/** @param {Partial<Omit<API.Problem, 'code'>> & {code?: string}} p the page has codes of its own, too */
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
 * Makes a request. Errors are a {@link Problem}, save that of an aborted request.
 * @template {API.Route} R
 * @param {R} route such as GET /v1/posts/{id}
 * @param {API.Args<R>} input
 * @returns {Promise<{data: API.Answer<R>, etag: string}>}
 */
export async function request(route, ...[input]) {
	const o = /** @type {Input} */ (input ?? {});
	const [method, template] = route.split(' ');
	const path = template.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(o.path?.[name] ?? ''));
	const { data, etag } = await send(method, path + search(o.query), o);
	return { data: /** @type {API.Answer<R>} */ (data), etag };
}

/**
 * The same, of which only the answer matters.
 * @template {API.Route} R
 * @param {R} route
 * @param {API.Args<R>} input
 * @returns {Promise<API.Answer<R>>}
 */
export const call = async (route, ...input) => (await request(route, ...input)).data;

/**
 * Does what may be done with a post, by the request that the post names.
 * @param {API.Action} action
 * @param {Pick<Input, 'body'|'headers'>} [o]
 * @returns {Promise<API.Post|null>} the post as it is then; null where it is gone
 */
export async function act({ method, path }, o = {}) {
	return /** @type {API.Post|null} */ ((await send(method, path, o)).data);
}

/**
 * What any request may bring.
 * @typedef {object} Input
 * @property {Record<string, string>} [path] what stands in the path
 * @property {Record<string, unknown>} [query] without a value it is left out
 * @property {Record<string, string>} [headers]
 * @property {unknown} [body] sent as JSON
 * @property {AbortSignal} [signal]
 */

/** @param {Record<string, unknown>} [query] */
function search(query = {}) {
	const given = Object.entries(query).filter(([, value]) => value != null && value !== '');
	return given.length ? `?${new URLSearchParams(given.map(([name, value]) => [name, String(value)]))}` : '';
}

/**
 * @param {string} method
 * @param {string} path
 * @param {Input} o
 * @returns {Promise<{data: unknown, etag: string}>} data is null where the answer has no body
 */
async function send(method, path, o) {
	/** @type {Record<string, string>} */
	const headers = { Accept: 'application/json', ...o.headers };
	if (o.body !== undefined) headers['Content-Type'] = 'application/json';
	let response, text;
	try {
		const body = o.body === undefined ? undefined : encode(o.body);
		response = await fetch(path, { method, headers, signal: o.signal, credentials: 'same-origin', body });
		text = await response.text();
	} catch (e) {
		if (o.signal?.aborted) throw e;
		throw new Problem({
			code: 'network',
			detail: 'Spool could not be reached.',
			todo:
				'Check your connection and press the button again. What you typed is kept, and repeating is safe: ' +
				'nothing is saved or published twice.',
		});
	}
	const data = parse(text);
	if (response.ok) return { data, etag: response.headers.get('ETag') ?? '' };
	if (response.status === 401 && path !== '/v1/session') dispatchEvent(new CustomEvent('spool:signed-out'));
	throw new Problem({
		status: response.status,
		detail: `Spool answered with the status ${response.status}.`,
		todo: 'Try again in a moment.',
		.../** @type {Partial<API.Problem>} */ (data),
	});
}

/**
 * As it stands the API refuses this character: API Gateway puts it where text was damaged.
 * @param {unknown} body
 */
const encode = (body) => JSON.stringify(body).replaceAll('\ufffd', '\\ufffd');

/**
 * @param {string} text
 * @returns {unknown}
 */
function parse(text) {
	try {
		return text ? JSON.parse(text) : null;
	} catch {
		return null;
	}
}

/**
 * All accounts, page after page.
 * @param {AbortSignal} [signal]
 * @returns {Promise<API.AccountList>}
 */
export async function listAccounts(signal) {
	const accounts = [];
	for (let cursor = ''; ;) {
		const page = await call('GET /v1/accounts', { query: { cursor }, signal });
		accounts.push(...page.accounts);
		cursor = page.next_cursor ?? '';
		if (!cursor) return { ...page, accounts };
	}
}

/**
 * Keeps the keys of what somebody wants to create. As long as the same is wanted
 * under a name, the key stays the same; so a second press or a repetition after a
 * lost answer creates nothing a second time. With a name of its own it outlives a
 * reload.
 */
export class Intents {
	/** @type {Map<string, {json: string, key: string}>} */
	#wanted = new Map();
	#stored;

	/** @param {string} [stored] name in the browser's session storage */
	constructor(stored) {
		this.#stored = stored;
		if (stored) this.#wanted = new Map(JSON.parse(sessionStorage.getItem(stored) ?? '[]'));
	}

	/**
	 * Creates something, once.
	 * @template T
	 * @param {string} name of what is wanted
	 * @param {unknown} wanted
	 * @param {(headers: {'Idempotency-Key': string}) => Promise<T>} make
	 */
	async once(name, wanted, make) {
		const made = await make({ 'Idempotency-Key': this.#key(name, JSON.stringify(wanted ?? null)) });
		this.#wanted.delete(name); // the same again is another one
		this.#keep();
		return made;
	}

	/**
	 * @param {string} name
	 * @param {string} json
	 */
	#key(name, json) {
		const known = this.#wanted.get(name);
		if (known?.json === json) return known.key;
		const key = crypto.randomUUID();
		this.#wanted.set(name, { json, key });
		this.#keep();
		return key;
	}

	#keep() {
		if (this.#stored) sessionStorage.setItem(this.#stored, JSON.stringify([...this.#wanted]));
	}
}
