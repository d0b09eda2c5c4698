// The choice of a time zone.

import { h } from './dom.js';
import { knownZone, localZone, zones } from './time.js';

/**
 * Makes a field for a time zone that proposes those that there are.
 * @param {string} id
 * @param {string} value
 * @param {(zone: string) => void} [onchange]
 * @returns {HTMLInputElement}
 */
export function zoneInput(id, value, onchange) {
	if (!document.getElementById('zones'))
		document.body.append(
			h(
				'datalist',
				{ id: 'zones' },
				zones().map((z) => h('option', { value: z })),
			),
		);
	return h('input', {
		id,
		value,
		list: 'zones',
		autocomplete: 'off',
		spellcheck: 'false',
		maxlength: 64,
		onchange: (e) => onchange?.(e.currentTarget.value.trim()),
	});
}

/** Said of a zone that is none. */
export const unknownZone = 'No time zone has this name. Choose one from the list, such as Europe/Berlin.';

/**
 * The zone in which this browser's owner wants to see times: as chosen here, else
 * the one of an account.
 * @param {API.Account[]} accounts
 */
export function preferredZone(accounts) {
	const chosen = localStorage.getItem('spool.zone');
	if (chosen && knownZone(chosen)) return chosen;
	return accounts.find((a) => a.health === 'connected')?.zone || accounts[0]?.zone || localZone();
}
