/* Small pieces that the list and the cabinet's view share. */
import { t } from '../i18n.js';
import { second } from '../clock.js';
import { agoText, direction, pair, timeText, valueText, unitOf } from '../format.js';
import { pointOf } from '../model.js';
import { freshness, heardSignal, isOld, pointSignal } from '../store.js';

export function Lamp({ group }) {
  const { live, reason } = freshness(group);
  const kind = live ? 'good' : reason === 'offline' ? 'off' : 'bad';
  const text = live ? 'online' : reason === 'offline' ? 'offline' : 'stale';
  return (
    <span class="lamped"><i class={`lamp ${kind}`} /> {t(text)}</span>
  );
}

/* How old the newest of what is shown is. */
export function Age({ group }) {
  const heard = heardSignal(group).value;
  return <small data-age>{pair(t('age'), heard ? agoText(second.value - heard) : '–')}</small>;
}

/* Why what is shown is not the present; nothing while it is. */
export function StaleNote({ group }) {
  const { live, reason, since } = freshness(group);
  const keys = { stream: 'stale_stream', offline: 'offline_since', device: 'stale_device' };
  return (
    <div role="status">
      {!live && <p class="note">{t(keys[reason], { at: timeText(since) })}</p>}
    </div>
  );
}

/* One value with its unit; a bad quality and an old value are told, never hidden. */
export function Value({ group, ns, name }) {
  const sample = pointSignal(group, ns, name).value;
  const point = pointOf(ns, name);
  if (!sample) return <span class="value none">–</span>;
  const old = isOld(sample);
  const good = !sample.q;
  return (
    <span class={`value${old || !good ? ' doubtful' : ''}`}
      title={`${timeText(sample.ts)} · ${agoText(second.value - sample.ts)}`}>
      <b data-point={`${group}/${ns}/${name}`}>{valueText(point, sample.v)}</b>
      {sample.v !== null && <small>{unitOf(point)}</small>}
      {!good && <em>{t('quality', { q: sample.q })}</em>}
      {old && <em>{t('stale_since', { at: timeText(sample.ts) })}</em>}
    </span>
  );
}

export function SocBar({ group, ns }) {
  const v = pointSignal(group, ns, 'soc').value?.v;
  const known = typeof v === 'number';
  return (
    <span class="soc">
      <span class="bar" aria-hidden="true">
        <span class={v < 15 ? 'low' : ''} style={{ width: `${known ? v : 0}%` }} />
      </span>
      <Value group={group} ns={ns} name="soc" />
    </span>
  );
}

export function Power({ group, ns }) {
  const v = pointSignal(group, ns, 'p').value?.v;
  return (
    <span class={`power ${v > 0.05 ? 'out' : v < -0.05 ? 'in' : ''}`}>
      <Value group={group} ns={ns} name="p" /> <span class="word">{direction(v)}</span>
    </span>
  );
}

/* Highest or lowest cell with its number. */
export function CellExtreme({ group, ns, name }) {
  const at = pointSignal(group, ns, `${name}At`).value?.v;
  return (
    <span>
      <Value group={group} ns={ns} name={name} />
      {typeof at === 'number' && <small class="at"> {t('axis_cell', { n: at })}</small>}
    </span>
  );
}
