/* Sends a command. What can be asked, with which arguments and limits, comes from the model; the
 * hub checks again, and the cabinet has the last word. */
import { useState } from 'preact/hooks';
import { api } from '../api.js';
import { direction, pair, unitOf, valueWithUnit } from '../format.js';
import { label, t } from '../i18n.js';
import { commandsFor } from '../model.js';
import { freshness, putCommand, user } from '../store.js';
import { Confirm } from './Confirm.jsx';
import { Problem } from './Problem.jsx';

const TTL_S = 30;
const USUAL = { rvt: '900' };
const signed = (text) => text.replace('-', '−');
const NUMBER = /^[+-]?\d+(\.\d+)?$/;

/* An argument for people: "60 kW discharge". */
export function argText(arg, v) {
  const word = arg.unit === 'kW' ? ` ${direction(v)}` : '';
  return valueWithUnit({ ...arg, decimals: undefined }, v) + word;
}

/* The arguments as numbers, or the first thing that is wrong with them. */
function readArgs(command, typed) {
  const args = {};
  for (const arg of command.args) {
    const text = (typed[arg.name] ?? '').trim().replace('−', '-');
    if (text === '' && !arg.required) continue;
    const v = NUMBER.test(text) ? Number(text) : NaN;
    if (!(v >= Number(arg.min) && v <= Number(arg.max))) return { wrong: arg };
    args[arg.name] = v;
  }
  return { args };
}

function Field({ arg, typed, type, wrong }) {
  const id = `arg-${arg.name}`;
  const v = Number(typed);
  const told = arg.unit === 'kW' && typed && !Number.isNaN(v) ? direction(v) : '';
  return (
    <label for={id}>
      <span>{label(arg)} {!arg.required && <small>({t('optional')})</small>}</span>
      <span class="field">
        <input id={id} inputMode="decimal" autocomplete="off" value={typed} aria-invalid={wrong}
          onInput={(event) => type(event.currentTarget.value)} />
        <small>{unitOf(arg)}</small>
        <span class="word">{told}</span>
      </span>
      <small class="limits">{signed(arg.min)} … {arg.max} {unitOf(arg)}</small>
    </label>
  );
}

function Form({ group, targets }) {
  const [at, setAt] = useState(0);
  const [typed, setTyped] = useState(USUAL);
  const [wrong, setWrong] = useState(null);
  const [error, setError] = useState(null);
  const [asked, ask] = useState(null);
  const [busy, setBusy] = useState(false);
  const { ns, command } = targets[at] ?? targets[0];

  function check(event) {
    event.preventDefault();
    const read = readArgs(command, typed);
    setWrong(read.wrong ?? null);
    setError(null);
    if (read.args) ask(read.args);
  }

  async function send() {
    const request = { group, ns, op: command.op, a: asked, ttl_s: TTL_S };
    ask(null);
    setBusy(true);
    try {
      const { code } = await api.createCommand(request);
      putCommand(await api.command(code));
    } catch (problem) {
      setError(problem);
    }
    setBusy(false);
  }

  const numbers = (given) => command.args.filter((arg) => arg.name in given)
    .map((arg) => pair(label(arg), argText(arg, given[arg.name])));
  return (
    <form onSubmit={check} noValidate>
      <div class="segments" role="group" aria-label={t('cmd')}>
        {targets.map((each, i) => (
          <button type="button" key={`${each.ns}#${each.command.op}`} data-op={each.command.op}
            aria-pressed={i === at} onClick={() => { setAt(i); setWrong(null); }}>
            {label(each.command)}
          </button>
        ))}
      </div>
      {command.args.map((arg) => (
        <Field key={arg.name} arg={arg} typed={typed[arg.name] ?? ''} wrong={wrong === arg}
          type={(text) => setTyped({ ...typed, [arg.name]: text })} />
      ))}
      {wrong && (
        <p class="problem" role="alert">
          {t('arg_need', { label: label(wrong), min: signed(wrong.min), max: wrong.max })}
        </p>
      )}
      <Problem error={error} />
      <div class="row">
        <small>{t('cmd_target', { target: `${group} / ${ns}` })}</small>
        <span class="grow" />
        <button type="submit" id="send" class="primary" disabled={busy}>
          {t(busy ? 'sending' : 'send')}
        </button>
      </div>
      {asked && (
        <Confirm title={label(command)} target={`${group} / ${ns.split('/')[0]}`}
          lines={numbers(asked)} yes={send} no={() => ask(null)}
          warning={freshness(group).reason === 'offline' && t('confirm_offline', { s: TTL_S })} />
      )}
    </form>
  );
}

export function CommandPanel({ group, paths }) {
  const viewer = user.value?.role === 'viewer';
  const targets = paths.flatMap((ns) => commandsFor(ns).map((command) => ({ ns, command })));
  return (
    <section class="card" aria-labelledby="cmd">
      <h2 id="cmd">{t('cmd')} <small>{t('sign')}</small></h2>
      {viewer && <p class="note">{t('cmd_viewer')}</p>}
      {!viewer && targets.length > 0 && <Form group={group} targets={targets} />}
      {targets.length === 0 && <p class="empty">{t('none')}</p>}
    </section>
  );
}
