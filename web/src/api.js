/* The hub's REST interface, v1. Every call gives the answer's JSON or throws an ApiError that says
 * what, why and how to mend it, in the page's language. */
import { lang, t } from './i18n.js';
import { learnClock } from './clock.js';

const BASE = '/api/v1';
let whenLoggedOut = () => {};

/* Called when the hub says that nobody is logged in (any more). */
export function onLoggedOut(call) {
  whenLoggedOut = call;
}

export class ApiError extends Error {
  constructor(status, { id = '', what = '', why = '', mend = '' }) {
    super(what || String(status));
    Object.assign(this, { status, id, what, why, mend });
  }
}

const unreachable = (status) => new ApiError(status, {
  what: status ? `${t('not_reached')} (HTTP ${status})` : t('not_reached'),
  why: t('not_reached_why', { url: location.origin }), mend: t('not_reached_mend'),
});

async function send(method, path, body) {
  const headers = { 'Accept-Language': lang.peek() === 'zh' ? 'zh-CN' : 'en' };
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  try {
    return await fetch(BASE + path, {
      method, headers, body: body === undefined ? undefined : JSON.stringify(body),
      signal: AbortSignal.timeout(20000),
    });
  } catch {
    throw unreachable(0);
  }
}

async function call(method, path, body) {
  const answer = await send(method, path, body);
  learnClock(answer.headers.get('Date'));
  if (answer.status === 204) return null;
  const data = await answer.json().catch(() => null);
  if (answer.ok && data) return data;
  if (answer.status === 401 && path !== '/login') whenLoggedOut();
  throw data?.error ? new ApiError(answer.status, data.error) : unreachable(answer.status);
}

const query = (named) => new URLSearchParams(
  Object.entries(named).filter(([, value]) => value !== undefined)).toString();

export const api = {
  login: (user, password) => call('POST', '/login', { user, password }),
  logout: () => call('POST', '/logout', {}),
  me: () => call('GET', '/me'),
  devices: () => call('GET', '/devices'),
  values: (group) => call('GET', `/values?${query({ group })}`),
  params: (group) => call('GET', `/params?${query({ group })}`),
  commands: (group) => call('GET', `/commands?${query({ group, limit: 20 })}`),
  command: (code) => call('GET', `/commands/${encodeURIComponent(code)}`),
  createCommand: (request) => call('POST', '/commands', request),
  historyPage: (named) => call('GET', `/history?${query(named)}`),
};

/* All stored samples of a point since from_utc_ms as [ts, v] pairs in order of time. Bounded: a day
 * of a point that changes every second is 86,400 rows. */
export async function history(group, ns, name, fromUtcMs) {
  const pairs = [];
  let after;
  for (let page = 0; page < 12; page++) {
    const answer = await api.historyPage({ group, ns, name, from: fromUtcMs, limit: 10000, after });
    for (const row of answer.rows) pairs.push([row[0], row[1]]);
    if (!answer.next) break;
    after = answer.next;
  }
  return pairs;
}
