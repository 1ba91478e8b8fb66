/* The point model, as published in spec/model: the same data the C tables are made from; with what
   a maker adds to it (ESS_MODEL_EXTENSION), if anything [MOD-17]. */
import points from '../../spec/model/points.json';
import commands from '../../spec/model/commands.json';
import results from '../../spec/model/results.json';
import refusals from '../../spec/model/refusals.json';
import extension from 'ess-extension.json';

const known = new Set(points.objects.map((object) => object.kind));
const pointsAdded = (kind) => extension.objects.find((object) => object.kind === kind)?.points ?? [];
const allObjects = [
  ...points.objects.map((object) => (
    { ...object, points: [...object.points, ...pointsAdded(object.kind)] })),
  ...extension.objects.filter((object) => !known.has(object.kind))];
const allCommands = [...commands, ...extension.commands];

const byName = (list) => new Map(list.map((point, at) => [point.name, { ...point, at }]));
const objects = new Map(allObjects.map(
  (object, order) => [object.kind, { ...object, order, points: byName(object.points) }]));
const byOp = new Map(allCommands.map((command) => [command.op, command]));
const byCode = new Map(results.map((result) => [result.code, result]));

/* Kind of object of a path: "CAB01/BMS/C1" -> "BMS/C", "PV01" -> "PV". */
export function kindOf(ns) {
  const segments = ns.split('/');
  const told = segments.length > 1 ? segments.slice(1) : segments;
  return told.map((segment) => segment.replace(/\d+$/, '')).join('/');
}

/* The model's object, or undefined. */
export const objectOf = (ns) => objects.get(kindOf(ns));
/* The model's point, or one that only has its name: a maker's own point is shown too. */
export function pointOf(ns, name) {
  return objectOf(ns)?.points.get(name)
    ?? { name, type: '', unit: '', en: name, zh: name, at: 999 };
}
/* Place of an object in a list, by the model's order, then by path. */
export function compareNs(a, b) {
  return (objectOf(a)?.order ?? 999) - (objectOf(b)?.order ?? 999) || (a < b ? -1 : 1);
}

/* What an operator may send there and the agent carries out by registers. */
export const commandsFor = (ns) => allCommands.filter((command) => command.kind === kindOf(ns)
  && command.executor === 'registers' && command.class === 'A');
export const commandOf = (op) => byOp.get(op) ?? { op, en: op, zh: op, args: [] };
export function resultOf(code) {
  return byCode.get(code) ?? { code, id: String(code), en: String(code), zh: String(code) };
}

/* What a device says of a refusal, as a text in both languages: one of the known texts, or of a form
   of them ("{} is required"), whose places hold any text; other makers' words stay as they are. */
const words = new Map(Object.entries(refusals));
const escaped = (plain) => plain.replace(/[^\w\s]/g, '\\$&');
const forms = [...words].filter(([en]) => en.includes('{}')).map(([en, zh]) => (
  { zh, test: new RegExp(`^${en.split('{}').map(escaped).join('(.*?)')}$`) }));
export function refusalOf(en) {
  const form = forms.find(({ test }) => test.test(en));
  if (words.has(en) || !form) return { en, zh: words.get(en) ?? en };
  const parts = form.test.exec(en).slice(1);
  return { en, zh: form.zh.replaceAll('{}', () => parts.shift()).trimEnd() };
}
