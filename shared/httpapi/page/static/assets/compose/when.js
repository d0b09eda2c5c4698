// The choice of a time: on the wall, in a zone.

import { h, field, fieldError } from '../lib/dom.js';
import { forAPI, instantOf, knownZone, localZone, relative, showFull, shownTwice, wallOf } from '../lib/time.js';
import { unknownZone, zoneInput } from '../lib/zone.js';

/**
 * @param {string} id
 * @param {{at: string, zone: string}} value is changed with the fields
 * @param {() => string} fallback the zone that an empty one means
 * @param {() => void} [changed]
 */
export function when(id, value, fallback, changed) {
	const at = h('input', { id: `${id}-at`, type: 'datetime-local', value: value.at });
	const zone = zoneInput(`${id}-zone`, value.zone || fallback());
	const meaning = h('p.meaning', { id: `${id}-meaning`, 'aria-live': 'polite' });
	const tell = () => {
		fieldError(at);
		fieldError(zone);
		meaning.textContent = meaningOf(at.value, zone.value.trim() || fallback());
	};
	const change = () => {
		value.at = at.value;
		value.zone = zone.value.trim() === fallback() ? '' : zone.value.trim();
		tell();
		changed?.();
	};
	at.addEventListener('input', change);
	zone.addEventListener('change', change);
	tell();
	return {
		node: h('div.when', h('div.pair', field(at, 'Date and time'), field(zone, 'Time zone')), meaning),
		/** Takes over what the account's zone has become. */
		refresh() {
			zone.value = value.zone || fallback();
			tell();
		},
		/** @returns {{at: string, zone: string}|null} null after saying what is missing */
		check() {
			const chosen = zone.value.trim() || fallback();
			/** @type {(control: HTMLElement, text: string) => null} */
			const missing = (control, text) => {
				fieldError(control, text);
				control.focus();
				return null;
			};
			if (!at.value) return missing(at, 'Choose a date and a time.');
			if (!knownZone(chosen)) return missing(zone, unknownZone);
			if (hasPassed(at.value, chosen)) return missing(at, 'This time has passed. Choose a later one, or publish now.');
			return { at: forAPI(at.value), zone: chosen };
		},
	};
}

/**
 * @param {string} wall
 * @param {string} zone
 */
function hasPassed(wall, zone) {
	const instant = instantOf(wall, zone);
	return instant !== null && instant.getTime() < Date.now() - 60e3;
}

/**
 * What a time means, in the browser's own zone too where that differs.
 * @param {string} wall
 * @param {string} zone
 */
function meaningOf(wall, zone) {
	if (!wall || !knownZone(zone)) return '';
	const instant = instantOf(wall, zone);
	if (!instant) return `The clocks in ${zone} go forward and skip this time. Choose another one.`;
	const twice = shownTwice(wall, zone) ? ' The clocks show this time twice that day; the earlier one counts.' : '';
	const here = localZone();
	const elsewhere =
		wallOf(instant, here) === wall ? '' : ` That is ${showFull(instant, here)} where you are (${here}).`;
	return `${capital(relative(instant, Date.now()))}.${elsewhere}${twice}`;
}

/** @param {string} text */
const capital = (text) => text[0].toUpperCase() + text.slice(1);
