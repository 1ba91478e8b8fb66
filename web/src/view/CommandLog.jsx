/* The last commands to this cabinet; the newest with its stages as they arrive. */
import { useState } from 'preact/hooks';
import { api } from '../api.js';
import { clockText, pair, timeText, valueWithUnit } from '../format.js';
import { label, t, word } from '../i18n.js';
import { commandOf, pointOf, refusalOf, resultOf } from '../model.js';
import { commands, putCommand } from '../store.js';
import { argText } from './CommandPanel.jsx';

const KINDS = {
  done: 'good', failed: 'bad', rejected: 'bad', expired: 'bad', timeout: 'bad', unknown: 'bad',
  superseded: 'off', cancelled: 'off',
};
const kindOfState = (state) => KINDS[state] ?? 'wait';

function detailText(detail) {
  if (detail === null || detail === undefined || detail === '') return '';
  return typeof detail === 'object' ? JSON.stringify(detail) : label(refusalOf(String(detail)));
}

function Stages({ command }) {
  const { ns, stages = [], read_back: readBack, result } = command;
  return (
    <div aria-live="polite">
      <ol class="stages">
        {stages.map(({ stage, at_utc_ms: at, result: code, detail }, i) => (
          <li key={i} data-stage={stage} class={kindOfState(stage)}>
            <time>{clockText(at)}.{String(at % 1000).padStart(3, '0')}</time>
            <span>
              {word(stage)}
              {code ? ` – ${label(resultOf(code))}` : ''}
              {detailText(detail) && <small> {detailText(detail)}</small>}
            </span>
          </li>
        ))}
      </ol>
      {kindOfState(command.state) !== 'wait' && result !== null && result !== undefined && (
        <p class={`verdict ${kindOfState(command.state)}`}>
          {pair(t('result'), label(resultOf(result)))}
        </p>
      )}
      {readBack && (
        <p class="readback" data-readback>
          {pair(t('read_back'), '')}{Object.entries(readBack).map(([name, v]) => (
            <span key={name}>
              {label(pointOf(ns, name))} <b>{valueWithUnit(pointOf(ns, name), v)}</b>{' '}
            </span>
          ))}
        </p>
      )}
    </div>
  );
}

function Entry({ command, open, toggle }) {
  const model = commandOf(command.op);
  const told = Object.entries(command.a ?? {}).map(([name, v]) => {
    const arg = model.args.find((each) => each.name === name);
    return arg ? argText(arg, v) : `${name}: ${JSON.stringify(v)}`;
  });
  return (
    <li data-command={command.code} data-state={command.state}>
      <button type="button" class="entry" aria-expanded={open} onClick={toggle}>
        <i class={`lamp ${kindOfState(command.state)}`} />
        <b>{label(model)}</b>
        <span class="grow">{told.join(' · ')}</span>
        <small>{timeText(command.created_utc_ms)}</small>
      </button>
      {open && (
        <div class="detail">
          <small>{command.ns} · {t('by', { who: command.by ?? '–' })}</small>
          <Stages command={command} />
        </div>
      )}
    </li>
  );
}

export function CommandLog({ group, unit }) {
  const [picked, pick] = useState(null);
  const known = commands.value.get(group);
  const mine = (known ?? []).filter((c) => c.ns.split('/')[0] === unit);
  const newest = mine[0]?.code;
  /* A choice lasts until a newer command arrives: that one is what is looked for. */
  const opened = picked && picked.newest === newest ? picked.code : newest;

  function toggle(command) {
    pick({ newest, code: opened === command.code ? '' : command.code });
    if (!command.stages) {
      /* Should it fail, the line stays as it is and the next click asks again. */
      api.command(command.code).then(putCommand).catch(() => {});
    }
  }

  return (
    <section class="card" aria-labelledby="cmdlog">
      <h2 id="cmdlog">{t('cmd_log')}</h2>
      {mine.length === 0 && <p class="empty">{t(known ? 'cmd_none' : 'loading')}</p>}
      <ul class="log">
        {mine.map((command) => (
          <Entry key={command.code} command={command} open={opened === command.code}
            toggle={() => toggle(command)} />
        ))}
      </ul>
    </section>
  );
}
