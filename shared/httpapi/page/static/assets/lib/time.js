// Times on the wall and the instants that they mean, in IANA zones. Pure.
//
// The server decides what a wall time means; this is for showing it, and for
// calendars. A wall time is text such as 2026-12-01T09:00, without a zone.

/** @type {Map<string, Intl.DateTimeFormat>} */
const formats = new Map();

/**
 * @param {string} zone
 * @param {string} style
 */
function format(zone, style) {
	const key = `${style} ${zone}`;
	let f = formats.get(key);
	if (!f)
		formats.set(
			key,
			(f = new Intl.DateTimeFormat(style === 'parts' ? 'en-US-u-ca-gregory' : 'en-GB', {
				...styles[style],
				timeZone: zone,
			})),
		);
	return f;
}

/** @type {Record<string, Intl.DateTimeFormatOptions>} */
const styles = {
	parts: {
		year: 'numeric',
		month: '2-digit',
		day: '2-digit',
		hour: '2-digit',
		minute: '2-digit',
		second: '2-digit',
		hourCycle: 'h23',
	},
	full: {
		weekday: 'short',
		day: 'numeric',
		month: 'short',
		year: 'numeric',
		hour: '2-digit',
		minute: '2-digit',
		hourCycle: 'h23',
	},
	second: {
		weekday: 'short',
		day: 'numeric',
		month: 'short',
		hour: '2-digit',
		minute: '2-digit',
		second: '2-digit',
		hourCycle: 'h23',
	},
	time: { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' },
};

/** The zone of this browser. */
export const localZone = () => Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';

/** @param {string} zone */
export function knownZone(zone) {
	try {
		format(zone, 'time');
		return zone !== '';
	} catch {
		return false;
	}
}

/** All zones that the browser knows. */
export const zones = () => ['UTC', ...Intl.supportedValuesOf('timeZone').filter((z) => z !== 'UTC')];

/**
 * The wall time of an instant.
 * @param {Date|number|string} instant
 * @param {string} zone
 * @returns {string} such as 2026-12-01T09:00
 */
export function wallOf(instant, zone) {
	/** @type {Record<string, string>} */
	const p = {};
	for (const { type, value } of format(zone, 'parts').formatToParts(new Date(instant))) p[type] = value;
	return `${p.year.padStart(4, '0')}-${p.month}-${p.day}T${p.hour}:${p.minute}`;
}

/**
 * The instant of a wall time. Where the clocks show it twice it is the earlier one;
 * where they skip it there is none.
 * @param {string} wall
 * @param {string} zone
 * @returns {Date|null}
 */
export function instantOf(wall, zone) {
	const asUTC = Date.parse(`${wall}:00Z`);
	if (Number.isNaN(asUTC)) return null;
	const day = 24 * 3600e3;
	// The offsets of the day before and of the day after are the only ones that can hold.
	const candidates = [asUTC - day, asUTC + day].map((t) => asUTC - offset(t, zone)).sort((a, b) => a - b);
	const found = candidates.find((t) => wallOf(t, zone) === wall);
	return found === undefined ? null : new Date(found);
}

/**
 * How far a zone's clocks are ahead of UTC, in milliseconds.
 * @param {number} t
 * @param {string} zone
 */
function offset(t, zone) {
	const minute = Math.floor(t / 60e3) * 60e3;
	return Date.parse(`${wallOf(minute, zone)}:00Z`) - minute;
}

/** Whether the clocks show a wall time twice. @param {string} wall @param {string} zone */
export function shownTwice(wall, zone) {
	const first = instantOf(wall, zone);
	return first !== null && [30, 60, 120].some((m) => wallOf(first.getTime() + m * 60e3, zone) === wall);
}

/** @param {Date|number|string} instant @param {string} zone */
export const showFull = (instant, zone) => format(zone, 'full').format(new Date(instant));

/** @param {Date|number|string} instant @param {string} zone */
export const showSecond = (instant, zone) => format(zone, 'second').format(new Date(instant));

/** @param {Date|number|string} instant @param {string} zone */
export const showTime = (instant, zone) => format(zone, 'time').format(new Date(instant));

/** A wall time as the API takes it. @param {string} wall */
export const forAPI = (wall) => wall.replace('T', ' ');

/**
 * How long it is until an instant, or since, in words.
 * @param {Date|number|string} instant
 * @param {number} now in milliseconds
 */
export function relative(instant, now) {
	const seconds = Math.round((new Date(instant).getTime() - now) / 1000);
	const size = Math.abs(seconds);
	if (size < 5) return 'now';
	const [n, unit] =
		size < 90
			? [size, 'second']
			: size < 90 * 60
				? [Math.round(size / 60), 'minute']
				: size < 36 * 3600
					? [Math.round(size / 3600), 'hour']
					: [Math.round(size / 86400), 'day'];
	const words = `${n} ${unit}${n === 1 ? '' : 's'}`;
	return seconds > 0 ? `in ${words}` : `${words} ago`;
}
