// Asks again and again, as long as somebody looks.

import { fill } from './dom.js';
import { problemBox } from './ui.js';

/**
 * Keeps a view in step with what happens. When that goes wrong, it says so and
 * tries again. In a hidden tab it waits until the tab is shown again.
 * @param {() => Promise<number>} refresh answers the pause until the next time, in milliseconds
 * @param {Element} trouble where to say it
 * @param {AbortSignal} signal
 */
export async function watch(refresh, trouble, signal) {
	for (let wait = 1000; ;) {
		await pause(wait, signal);
		if (document.hidden) await shown(signal);
		if (signal.aborted) return;
		try {
			wait = await refresh();
			fill(trouble);
		} catch (e) {
			if (signal.aborted || e.status === 401) return;
			const gone = e.status === 404 || e.status === 410;
			fill(
				trouble,
				problemBox(gone ? e : Object.assign(e, { todo: 'The page tries again by itself. Spool goes on without it.' })),
			);
			if (gone) return;
			wait = 5000;
		}
	}
}

/** Ends early, without an error, when the signal does. @param {number} ms @param {AbortSignal} signal */
export function pause(ms, signal) {
	return new Promise((resolve) => {
		const timer = setTimeout(resolve, ms);
		signal.addEventListener('abort', () => (clearTimeout(timer), resolve(null)), { once: true });
	});
}

/** @param {AbortSignal} signal */
function shown(signal) {
	return new Promise((resolve) => {
		document.addEventListener('visibilitychange', resolve, { once: true, signal });
		signal.addEventListener('abort', resolve, { once: true });
	});
}
