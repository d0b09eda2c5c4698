// Media and options of the tweets that are being written.

/**
 * @import {Extra, Medium} from './anchors.js'
 * @import {CardActions} from './card.js'
 * @import {Composer} from '../views/compose.js'
 */

import { h } from '../lib/dom.js';
import { notice, problemOf } from '../lib/ui.js';
import { merged, newExtra } from './anchors.js';
import { describeDialog, optionsDialog } from './options.js';
import { accepted, upload } from './upload.js';

let numbered = 0; // names files until the API does

/** @implements {CardActions} */
export class Attachments {
	/** @type {Map<string, string>} addresses of picked files, by their ids */
	#thumbs = new Map();

	/** @param {Composer} composer */
	constructor(composer) {
		this.composer = composer;
		composer.ctx.signal.addEventListener('abort', () =>
			this.#thumbs.forEach((address) => URL.revokeObjectURL(address)),
		);
	}

	thumb = (/** @type {string} */ id) => this.#thumbs.get(id);

	/**
	 * Takes files that are dropped on a field or pasted into it.
	 * @param {HTMLElement} area
	 * @param {() => number} place
	 */
	listen(area, place) {
		area.addEventListener('paste', (e) => {
			const { clipboardData: copied } = e;
			// Word processors add a picture of the text that they copy.
			if (copied?.types.includes('text/html') && copied.getData('text/plain').trim()) return;
			this.#take(e, copied, () => this.#at(place()));
		});
		this.#droppable(area, () => this.#at(place()));
	}

	/**
	 * Takes files that are dropped on a tweet.
	 * @param {HTMLElement} node
	 * @param {number} position
	 */
	target(node, position) {
		this.#droppable(node, () => this.#of(position));
	}

	/** Lets choose files for a tweet. @param {number} position */
	pick = (position) => {
		const input = h('input', {
			type: 'file',
			id: 'compose-file',
			accept: accepted,
			multiple: true,
			hidden: true,
			'aria-hidden': 'true',
			tabindex: '-1',
		});
		document.getElementById('compose-file')?.remove();
		document.body.append(input);
		const extra = this.#of(position);
		input.addEventListener('change', () => {
			this.#add(extra, [...(input.files ?? [])]);
			input.remove();
		});
		input.click();
	};

	/** @param {number} position */
	options = (position) => {
		optionsDialog(position, this.#of(position), () => this.composer.changed());
	};

	/** @param {number} position @param {string} id */
	describe = (position, id) => {
		const m = this.#of(position).media.find((f) => f.id === id);
		if (m) describeDialog(m, () => this.composer.changed());
	};

	/** @param {number} position @param {string} id */
	remove = (position, id) => {
		const extra = this.#of(position);
		extra.media = extra.media.filter((m) => m.id !== id);
		this.composer.changed();
	};

	/** @param {HTMLElement} node @param {() => Extra} extra */
	#droppable(node, extra) {
		node.addEventListener('dragover', (e) => {
			if (!e.dataTransfer?.types.includes('Files')) return;
			e.preventDefault();
			node.classList.add('drop');
		});
		node.addEventListener('dragleave', (e) => {
			if (!(e.relatedTarget instanceof Node && node.contains(e.relatedTarget))) node.classList.remove('drop');
		});
		node.addEventListener('drop', (e) => {
			node.classList.remove('drop');
			this.#take(e, e.dataTransfer, extra);
		});
	}

	/** @param {Event} e @param {DataTransfer|null} transfer @param {() => Extra} extra */
	#take(e, transfer, extra) {
		const files = [...(transfer?.files ?? [])];
		if (files.length === 0) return;
		e.preventDefault();
		e.stopPropagation();
		this.#add(extra(), files);
	}

	/**
	 * The one extra of a tweet; those that met in it become one.
	 * @param {number} position of the tweet
	 */
	#of(position) {
		const { draft, look } = this.composer;
		if (!look) return this.#first();
		const index = position - 1 - look.locked;
		const owner = new Map(draft.extras.map((e, k) => [e, look.owners[k]]));
		const own = draft.extras.filter((e) => owner.get(e) === index);
		if (own.length === 1) return own[0];
		const one = own.length ? merged(own) : newExtra(look.sources[index]?.start ?? 0);
		draft.extras = [...draft.extras.filter((e) => !own.includes(e)), one];
		look.owners = draft.extras.map((e) => owner.get(e) ?? index);
		this.composer.previewer.soon(draft);
		return one;
	}

	/** The extra of a text of which nothing is shown yet. */
	#first() {
		const { draft } = this.composer;
		const one = draft.extras[0] ?? newExtra(0);
		if (!draft.extras.length) draft.extras.push(one);
		return one;
	}

	/** The extra at a place of the text. @param {number} at */
	#at(at) {
		const { look } = this.composer;
		if (!look) return this.#first();
		let index = 0;
		look.sources.forEach((s, i) => s.start <= at && (index = i));
		return this.#of(index + 1 + look.locked);
	}

	/** @param {Extra} extra @param {File[]} files */
	#add(extra, files) {
		for (const file of files) {
			const kind = file.type.startsWith('video/') ? 'video' : file.type === 'image/gif' ? 'gif' : 'image';
			/** @type {Medium} */
			const m = { id: `new-${++numbered}`, name: file.name, kind, bytes: file.size, alt: '', state: 'reading' };
			if (/^(image|video)\//.test(file.type)) this.#thumbs.set(m.id, URL.createObjectURL(file));
			extra.media.push(m);
			this.#send(m, file);
		}
		this.composer.changed();
	}

	/** @param {Medium} m @param {File} file */
	async #send(m, file) {
		const { composer } = this;
		try {
			const record = await upload(file, composer.ctx.signal, (state, share) => {
				Object.assign(m, { state, share });
				composer.redraw();
			});
			const thumb = this.#thumbs.get(m.id);
			if (thumb) this.#thumbs.set(record.id, thumb);
			if (record.state === 'ready') {
				Object.assign(m, { id: record.id, kind: record.kind ?? m.kind, state: 'ready' });
				notice(`${m.name} is uploaded.`);
			} else Object.assign(m, { state: 'refused', problem: record.reason?.sentence, todo: record.reason?.todo });
		} catch (e) {
			if (composer.ctx.signal.aborted) return;
			const { code, message, todo } = problemOf(e);
			Object.assign(m, { state: 'refused', problem: message, todo: code === 'network' ? again : todo });
		}
		composer.changed();
	}
}

const again = 'Check your connection, remove the file here, and add it again.';
