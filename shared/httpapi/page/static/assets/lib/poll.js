// Asks again and again, as long as somebody looks.

import { fill } from './dom.js';
import { problemBox, problemOf } from './ui.js';

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
			if (signal.aborted) return;
			const problem = problemOf(e);
			if (problem.status === 401) return;
			const gone = problem.status === 404 || problem.status === 410;
			if (!gone) problem.todo = 'The page keeps trying. Spool carries on without it.';
			fill(trouble, problemBox(problem));
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

/**
 * @param {AbortSignal} signal
 * @returns {Promise<unknown>}
 */
function shown(signal) {
	return new Promise((resolve) => {
		document.addEventListener('visibilitychange', resolve, { once: true, signal });
		signal.addEventListener('abort', resolve, { once: true });
	});
}
