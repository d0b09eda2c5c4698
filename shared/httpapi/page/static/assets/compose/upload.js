// Brings a file to Spool: announce it with its digest, upload it to the address
// that the announcement answers, wait until Spool has looked at it.

import { call, Problem } from '../lib/api.js';
import { pause } from '../lib/poll.js';

/** What the file chooser proposes; what is taken the API decides. */
export const accepted = 'image/jpeg,image/png,image/webp,image/gif,video/mp4,video/quicktime,.mov';

/**
 * @param {File} file
 * @param {AbortSignal} signal
 * @param {(state: 'uploading'|'checking', share?: number) => void} tell the share goes from 0 to 1
 * @returns {Promise<API.Media>} the file's record, ready or refused
 */
export async function upload(file, signal, tell) {
	const sum = await sha256(file);
	signal.throwIfAborted();
	// A file of another kind the API refuses, with what it takes.
	const kind = /** @type {API.Input<'POST /v1/media'>['body']['content_type']} */ (
		file.type || 'application/octet-stream'
	);
	const body = {
		filename: file.name.slice(0, 255),
		content_type: kind,
		bytes: file.size,
		sha256: sum,
	};
	const headers = { 'Idempotency-Key': crypto.randomUUID() };
	let record = await call('POST /v1/media', { body, headers, signal });
	if (!record.upload) throw failed('Spool does not say where to upload the file.');
	tell('uploading', 0);
	await put(record.upload, file, signal, (share) => tell('uploading', share));
	tell('checking');
	for (let wait = 200; ; wait = Math.min(wait * 1.5, 3000)) {
		signal.throwIfAborted();
		record = await call('GET /v1/media/{id}', { path: { id: record.id }, signal });
		if (record.state !== 'waiting') return record;
		await pause(wait, signal);
	}
}

/** @param {File} file */
async function sha256(file) {
	const sum = new Uint8Array(await crypto.subtle.digest('SHA-256', await file.arrayBuffer()));
	return [...sum].map((b) => b.toString(16).padStart(2, '0')).join('');
}

/**
 * Uploads by XMLHttpRequest: fetch does not tell how far an upload is.
 * @param {API.Upload} to
 * @param {Blob} file
 * @param {AbortSignal} signal
 * @param {(share: number) => void} progress
 */
function put(to, file, signal, progress) {
	return new Promise((resolve, reject) => {
		const x = new XMLHttpRequest();
		x.open(to.method, to.url);
		for (const [name, value] of Object.entries(to.headers))
			if (!/^(host|content-length)$/i.test(name)) x.setRequestHeader(name, value);
		x.upload.onprogress = (e) => e.lengthComputable && progress(e.loaded / e.total);
		x.onload = () =>
			x.status < 300 ? resolve(null) : reject(failed(`The storage refused the file (status ${x.status}).`));
		x.onerror = () => reject(failed('The upload was interrupted.'));
		x.onabort = () => reject(new DOMException('left', 'AbortError'));
		signal.addEventListener('abort', () => x.abort());
		x.send(file);
	});
}

/** @param {string} detail */
const failed = (detail) =>
	new Problem({ code: 'upload', detail, todo: 'Check your connection, remove the file here, and add it again.' });
