/* The hub's clock as the page knows it: ages are told against the stamps of the hub, so a laptop
 * with a wrong clock must not make values look old or new. */
import { signal } from '@preact/signals';

let offsetMs = 0;

/* From the Date header of an answer, which has whole seconds: less than 2 s is no difference. */
export function learnClock(header) {
  const hub = Date.parse(header ?? '') + 500;
  if (Number.isNaN(hub)) return;
  const offset = hub - Date.now();
  offsetMs = Math.abs(offset) < 2000 ? 0 : offset;
}

export const nowUtcMs = () => Date.now() + offsetMs;

/* Moves once a second; whatever shows an age reads it. */
export const second = signal(nowUtcMs());
setInterval(() => { second.value = nowUtcMs(); }, 1000);
