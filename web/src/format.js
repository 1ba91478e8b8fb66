/* Numbers, units and times as people read them. */
import { label, lang, t } from './i18n.js';

const UNITS = { degC: '°C', '0.1 degC': '°C', kohm: 'kΩ' };
const SCALES = { '0.1 degC': 0.1 };

export const unitOf = (point) => UNITS[point.unit] ?? point.unit ?? '';
export const scaleOf = (point) => SCALES[point.unit] ?? 1;

function number(v, decimals) {
  const text = decimals === undefined ? String(v) : v.toFixed(decimals);
  return text.replace('-', '−');
}

/* The value without its unit. Arrays tell their length only: they have a picture of their own. */
export function valueText(point, v) {
  if (v === null || v === undefined) return '–';
  if (Array.isArray(v)) return `[${v.length}]`;
  if (typeof v === 'boolean' || point.type === 'bool') return t(v ? 'yes' : 'no');
  if (point.type === 'enum') {
    const named = point.values?.find((each) => each.value === v);
    return named ? label(named) : String(v);
  }
  return typeof v === 'number' ? number(v, point.decimals) : String(v);
}

/* The same with the unit, for sentences. */
export function valueWithUnit(point, v) {
  const unit = unitOf(point);
  return unit ? `${valueText(point, v)} ${unit}` : valueText(point, v);
}

/* An element of an array point, in the unit shown. */
export function elementText(point, v) {
  const scale = scaleOf(point);
  return `${number(v * scale, scale === 1 ? 0 : 1)} ${unitOf(point)}`;
}

/* + discharge / - charge, in words: the sign alone is read wrongly sooner or later. */
export function direction(kw) {
  if (typeof kw !== 'number') return '';
  if (Math.abs(kw) < 0.05) return t('idle');
  return t(kw > 0 ? 'discharge' : 'charge');
}

const two = (n) => String(n).padStart(2, '0');

export function clockText(utcMs) {
  const d = new Date(utcMs);
  return `${two(d.getHours())}:${two(d.getMinutes())}:${two(d.getSeconds())}`;
}

/* The time, with the day where it is not today. */
export function timeText(utcMs) {
  if (!utcMs) return '–';
  const d = new Date(utcMs);
  const day = `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())}`;
  return d.toDateString() === new Date().toDateString() ? clockText(utcMs)
    : `${day} ${clockText(utcMs)}`;
}

export function agoText(ms) {
  const s = Math.max(0, Math.round(ms / 1000));
  if (s < 60) return t('ago_s', { n: s });
  return s < 3600 ? t('ago_m', { n: Math.floor(s / 60) }) : t('ago_h', { n: Math.floor(s / 3600) });
}

/* Joins "label: value" pairs the way the language does. */
export const pair = (name, value) => `${name}${lang.value === 'zh' ? '：' : ': '}${value}`;
