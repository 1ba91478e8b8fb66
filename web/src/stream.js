/* The live stream (server-sent events). The page says "live" only while it has reason to: a broken
 * stream is told at once, and a silent one is put to the test, since a dead TCP connection is
 * silent too. */
import { batch } from '@preact/signals';
import { api } from './api.js';
import { nowUtcMs } from './clock.js';
import {
  connected, devices, loadDevices, loadValues, putCommand, putLive, putParams, putPresence,
  someIsQuiet, stream,
} from './store.js';

const RETRY_MS = 3000;
const SILENT_MS = 20000;
const ASK_MS = 30000; /* between two questions about cabinets that are quiet */

let source = null;
let heard = 0; /* when the stream last gave a sign, hub's clock */
let timer = null;
let probing = false;

const handlers = {
  values: putLive, presence: putPresence, command: putCommand, params: putParams, event: () => {},
};

function broken() {
  if (stream.peek().state !== 'down') stream.value = { state: 'down', since: heard };
}

async function opened() {
  try {
    await loadValues();
    heard = nowUtcMs();
    batch(() => {
      stream.value = { state: 'live', since: heard };
      connected.value++;
    });
  } catch {
    broken(); /* the page does not know the present until it has loaded it */
    retry();
  }
}

/* The browser tries again by itself unless the hub refused the request; then ask who we are: a
 * 401 leads to the log-in. */
function failed() {
  broken();
  if (source?.readyState === EventSource.CLOSED) retry();
}

function retry() {
  source?.close();
  clearTimeout(timer);
  timer = setTimeout(async () => {
    try {
      await api.me();
      connect();
    } catch (error) {
      if (error.status !== 401) retry();
    }
  }, RETRY_MS);
}

function connect() {
  source?.close();
  const mine = new EventSource('/api/v1/stream');
  source = mine;
  mine.onopen = () => { if (mine === source) opened(); };
  mine.onerror = () => { if (mine === source) failed(); };
  for (const [name, handle] of Object.entries(handlers)) {
    mine.addEventListener(name, (event) => {
      if (mine !== source) return;
      heard = nowUtcMs();
      batch(() => handle(JSON.parse(event.data)));
    });
  }
}

/* Nothing came for a while. That is right while no cabinet is online; else the hub is asked. */
async function probe() {
  if (stream.peek().state !== 'live' || probing || nowUtcMs() - heard < SILENT_MS) return;
  probing = true;
  try {
    await loadDevices();
    const newest = Math.max(0, ...devices.peek().map((device) => device.last_utc_ms ?? 0));
    if (newest > heard + SILENT_MS / 2) throw new Error('the stream is dead');
    heard = nowUtcMs();
  } catch {
    broken();
    retry();
  } finally {
    probing = false;
  }
}

let asked = 0; /* when the hub was last asked about cabinets that are quiet, hub's clock */

/* The stream tells of values; whether a cabinet has said anything else, the hub knows. */
async function askOfQuiet() {
  if (stream.peek().state !== 'live' || nowUtcMs() - asked < ASK_MS || !someIsQuiet()) return;
  asked = nowUtcMs();
  await loadDevices().catch(() => {}); /* a hub that does not answer shows by its stream */
}

let watch = null;

export function startStream() {
  heard = nowUtcMs();
  stream.value = { state: 'connecting', since: heard };
  connect();
  clearInterval(watch);
  watch = setInterval(() => {
    probe();
    askOfQuiet();
  }, 5000);
}

export function stopStream() {
  clearTimeout(timer);
  clearInterval(watch);
  source?.close();
  source = null;
}
