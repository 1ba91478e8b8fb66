/* What the page knows, as signals: a component that reads one is drawn again when it changes, and
 * nothing else is. One signal a point: a report of 200 values touches 200 numbers, not the page. */
import { batch, signal } from '@preact/signals';
import { api } from './api.js';
import { nowUtcMs, second } from './clock.js';

/* A device speaks once a minute at least [PRE-30], though not always of values. */
const QUIET_MS = 60000;
/* A full snapshot comes every few minutes, so a single value older than this is not kept up. */
const OLD_MS = 15 * 60000;

export const user = signal(undefined); /* undefined: not known yet; null: nobody is logged in */
export const wasLoggedOut = signal(false);
export const devices = signal([]);
export const shape = signal(0);        /* moves when a point is seen for the first time */
export const params = signal(new Map());   /* group -> list of {ns, rev, ts, values} */
export const commands = signal(new Map()); /* group -> list of commands, newest first */
/* state: connecting | live | down, and since when; hub's clock. */
export const stream = signal({ state: 'connecting', since: 0 });
export const connected = signal(0);    /* moves with every (re)connection of the stream */

const groups = new Map(); /* group -> Map(ns -> Map(name -> signal of null | {v, q, ts})) */
const heard = new Map();  /* group -> signal: when it last reported, hub's clock */
const listeners = new Set();

function child(map, key, make) {
  if (!map.has(key)) map.set(key, make());
  return map.get(key);
}

/* The signal of a point, there or not. */
export function pointSignal(group, ns, name) {
  const objects = child(groups, group, () => new Map());
  return child(child(objects, ns, () => new Map()), name, () => signal(null));
}

export const heardSignal = (group) => child(heard, group, () => signal(0));

/* Names of the points of an object that have been reported. Reads `shape`. */
export function pointNames(group, ns) {
  void shape.value;
  const names = [...(groups.get(group)?.get(ns) ?? [])];
  return names.filter(([, cell]) => cell.peek() !== null).map(([name]) => name);
}

/* Paths of the objects of a unit that have reported. Reads `shape`. */
export function objectPaths(group, unit) {
  void shape.value;
  return [...(groups.get(group)?.keys() ?? [])].filter(
    (ns) => ns.split('/')[0] === unit && pointNames(group, ns).length > 0);
}

/* Calls hear(group, ns, name, ts, v) for every sample that arrives live. Returns how to stop. */
export function onSample(hear) {
  listeners.add(hear);
  return () => listeners.delete(hear);
}

function putOne(group, ns, name, sample) {
  const cell = pointSignal(group, ns, name);
  const old = cell.peek();
  if (old && old.ts > sample.ts) return; /* backfill tells of the past */
  if (!old) shape.value++;
  cell.value = sample;
}

/* values: by name; a value may be plain or {v, q, ts}. */
export function putLive({ group, ns, ts, v }) {
  batch(() => {
    for (const [name, value] of Object.entries(v)) {
      const full = value !== null && typeof value === 'object' && !Array.isArray(value);
      const sample = full ? { v: value.v, q: value.q ?? 0, ts: value.ts ?? ts }
        : { v: value, q: 0, ts };
      putOne(group, ns, name, sample);
      for (const hear of listeners) hear(group, ns, name, sample.ts, sample.v);
    }
    heardSignal(group).value = nowUtcMs();
  });
}

export function putPresence({ group, online, sid, at }) {
  if (!devices.peek().some((device) => device.group === group)) return loadDevices();
  devices.value = devices.peek().map((device) => (
    device.group === group ? { ...device, online, stale: false, sid, since_utc_ms: at } : device));
  return undefined;
}

export function putParams({ group, ...one }) {
  const list = (params.peek().get(group) ?? []).filter((each) => each.ns !== one.ns);
  params.value = new Map(params.peek()).set(group, [...list, one]);
}

/* A command only moves forward. What an answer says may be older than what the stream has told
 * already, since they travel on two connections: then it is passed over. All that is not in the
 * list is an end. */
const PROGRESS = ['created', 'sent', 'accepted', 'executing'];
const progress = ({ state }) => (PROGRESS.includes(state) ? PROGRESS.indexOf(state) : 99);

/* Adds a command or replaces what is known of it; stages once known are kept. */
export function putCommand(command) {
  const list = commands.peek().get(command.group) ?? [];
  const old = list.find((each) => each.code === command.code);
  if (old && progress(command) < progress(old)) return;
  const next = { ...old, ...command };
  const rest = list.filter((each) => each.code !== command.code);
  const all = [...rest, next].sort((a, b) => b.created_utc_ms - a.created_utc_ms).slice(0, 20);
  commands.value = new Map(commands.peek()).set(command.group, all);
}

export async function loadDevices() {
  const answer = await api.devices();
  devices.value = [...answer.devices].sort((a, b) => (a.group < b.group ? -1 : 1));
  for (const device of answer.devices) {
    const cell = heardSignal(device.group);
    const last = device.last_utc_ms ?? 0;
    cell.value = device.stale ? last : Math.max(cell.peek(), last); /* two clocks, if only nearly */
  }
  return answer.devices;
}

/* Last values of all cabinets; one after the other, so that the page does not flood the hub. */
export async function loadValues() {
  for (const device of await loadDevices()) {
    const answer = await api.values(device.group);
    batch(() => {
      for (const { ns, name, v, q, ts } of answer.values) {
        putOne(device.group, ns, name, { v, q: q ?? 0, ts });
      }
    });
  }
}

export async function loadParams(group) {
  const answer = await api.params(group);
  params.value = new Map(params.peek()).set(group, answer.params);
}

/* The last commands; the newest with its stages. */
export async function loadCommands(group) {
  const answer = await api.commands(group);
  batch(() => {
    if (!commands.peek().has(group)) commands.value = new Map(commands.peek()).set(group, []);
    answer.commands.forEach((command) => putCommand({ ...command, group }));
  });
  const newest = commands.peek().get(group)?.[0];
  if (newest) putCommand(await api.command(newest.code));
}

/* True while the page has heard nothing of a cabinet for longer than the cabinet may say nothing:
 * the hub knows more. */
export const someIsQuiet = () => devices.peek().some(({ group, online }) => (
  online && nowUtcMs() - heardSignal(group).peek() > QUIET_MS));

/* Whether what is shown of a cabinet is the present. Which one is stale the hub decides [PRE-31],
 * and it holds until something is heard: {live, reason: stream|offline|device,
 * since}. */
export function freshness(group) {
  const { state, since } = stream.value;
  if (state === 'down') return { live: false, reason: 'stream', since };
  const device = devices.value.find((each) => each.group === group);
  const last = heardSignal(group).value;
  if (device && !device.online) {
    return { live: false, reason: 'offline', since: device.since_utc_ms };
  }
  if (device?.stale && last <= device.last_utc_ms) {
    return { live: false, reason: 'device', since: last };
  }
  return { live: true, reason: '', since: last };
}

export const isOld = (sample) => second.value - sample.ts > OLD_MS;
