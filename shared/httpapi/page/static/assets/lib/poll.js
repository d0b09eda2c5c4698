// Asks again and again, as long as somebody looks.

/**
 * Calls ask until it answers no pause, or the view is left. In a hidden tab it
 * waits until the tab is shown again.
 * @param {() => Promise<number|null>} ask answers the pause until the next time, in milliseconds
 * @param {AbortSignal} signal
 */
export async function poll(ask, signal) {
  for (let wait = 0; !signal.aborted; ) {
    await pause(wait, signal);
    if (document.hidden) await shown(signal);
    if (signal.aborted) return;
    const next = await ask();
    if (next === null) return;
    wait = next;
  }
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
