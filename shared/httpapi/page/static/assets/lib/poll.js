// Asks again and again, as long as somebody looks.

import { fill } from './dom.js';
import { problemBox } from './ui.js';

/**
 * Calls ask until it answers no pause, or the view is left. In a hidden tab it
 * waits until the tab is shown again.
 * @param {() => Promise<number|null>} ask answers the pause until the next time, in milliseconds
 * @param {AbortSignal} signal
 */
async function poll(ask, signal) {
  for (let wait = 0; !signal.aborted; ) {
    await pause(wait, signal);
    if (document.hidden) await shown(signal);
    if (signal.aborted) return;
    const next = await ask();
    if (next === null) return;
    wait = next;
  }
}

/**
 * Keeps a view in step with what happens. When that goes wrong, it says so and
 * tries again.
 * @param {() => Promise<number>} refresh answers the pause until the next time
 * @param {Element} trouble where to say it
 * @param {AbortSignal} signal
 */
export function watch(refresh, trouble, signal) {
  return poll(async () => {
    try {
      const next = await refresh();
      fill(trouble);
      return next;
    } catch (e) {
      if (signal.aborted || e.status === 401) return null;
      const gone = e.status === 404 || e.status === 410;
      fill(trouble, problemBox(gone ? e : Object.assign(e, { todo: 'The page tries again by itself. Spool goes on without it.' })));
      return gone ? null : 5000;
    }
  }, signal);
}

/** Ends early, without an error, when the signal does. @param {number} ms @param {AbortSignal} signal */
function pause(ms, signal) {
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
