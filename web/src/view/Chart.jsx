/* History of one point: loaded from the hub, then carried on by the live stream. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { history } from '../api.js';
import { nowUtcMs, second } from '../clock.js';
import { timeText, unitOf, valueText, valueWithUnit } from '../format.js';
import { label, lang, t } from '../i18n.js';
import { kindOf, objectOf, pointOf } from '../model.js';
import { createPlot } from '../plot.js';
import { connected, freshness, onSample, pointNames } from '../store.js';
import { theme } from '../theme.js';
import { Problem } from './Problem.jsx';

const RANGES = { '15m': 15 * 60e3, '1h': 3600e3, '6h': 6 * 3600e3, '24h': 24 * 3600e3 };
const STATES = { load: 'loading', empty: 'chart_empty' };
const DRAWN = ['number', 'enum', 'bool', ''];

function drawable(group, ns) {
  return pointNames(group, ns).map((name) => pointOf(ns, name))
    .filter((point) => DRAWN.includes(point.type)).sort((a, b) => a.at - b.at);
}

function Picker({ group, paths, chosen, choose }) {
  return (
    <label class="grow">
      <span class="sr">{t('chart_pick')}</span>
      <select id="point" value={chosen} onChange={(event) => choose(event.currentTarget.value)}>
        {paths.map((ns) => (
          <optgroup key={ns} label={`${objectOf(ns) ? label(objectOf(ns)) : ''} ${ns}`}>
            {drawable(group, ns).map((point) => (
              <option key={point.name} value={`${ns}#${point.name}`}>
                {label(point)}{unitOf(point) ? ` (${unitOf(point)})` : ''}
              </option>
            ))}
          </optgroup>
        ))}
      </select>
    </label>
  );
}

function plotStyle(point, readout) {
  const named = point.type === 'enum' ? point.values.map((each) => each.value)
    : point.type === 'bool' ? [0, 1] : undefined;
  return {
    zero: ['kW', 'kvar', 'A'].includes(point.unit), splits: named, step: true,
    tick: (v) => (named ? valueText(point, v) : String(Number(v.toFixed(4))).replace('-', '−')),
    readout,
  };
}

/* Keeps a plot of that point alive in the box. Returns {state, text} to show beside it. */
function usePlot(box, { group, ns, name, span }) {
  const [state, setState] = useState('load');
  const [error, setError] = useState(null);
  const [text, setText] = useState('');
  const epoch = connected.value;
  const look = `${theme.value} ${lang.value}`;

  useEffect(() => {
    if (!name || epoch === 0) return undefined;
    const point = pointOf(ns, name);
    const plot = createPlot(box.current, plotStyle(point, (ts, v) => {
      setText(ts === null ? '' : `${timeText(ts)}   ${valueWithUnit(point, v)}`);
    }));
    let ended = false;
    const draw = () => {
      const now = nowUtcMs();
      const { live, since } = freshness(group);
      plot.draw(now - span, now, live ? now : since);
    };
    const stopHearing = onSample((g, n, p, ts, v) => {
      if (g === group && n === ns && p === name) plot.add([[ts, v]]);
    });
    const stopTicking = second.subscribe(() => { if (!document.hidden) draw(); });
    setState('load');
    setError(null);
    history(group, ns, name, nowUtcMs() - span).then((pairs) => {
      if (ended) return;
      plot.add(pairs);
      draw();
      setState(plot.size() > 0 ? 'drawn' : 'empty');
    }).catch((problem) => { if (!ended) setError(problem); });
    return () => {
      ended = true;
      stopHearing();
      stopTicking();
      plot.destroy();
    };
  }, [group, ns, name, span, epoch, look]);
  return { state, error, text };
}

export function Chart({ group, paths }) {
  const [picked, choose] = useState(null);
  const [range, setRange] = useState('15m');
  const box = useRef(null);
  const pcs = paths.find((ns) => kindOf(ns) === 'PCS');
  const first = paths.find((ns) => drawable(group, ns).length > 0);
  const usual = pcs ? `${pcs}#p` : first ? `${first}#${drawable(group, first)[0].name}` : '';
  const chosen = picked ?? usual;
  const [ns, name] = chosen.split('#');
  const { state, error, text } = usePlot(box, { group, ns, name, span: RANGES[range] });

  return (
    <section class="card" aria-labelledby="chart">
      <h2 id="chart">{t('chart')}</h2>
      <div class="row">
        <Picker group={group} paths={paths} chosen={chosen} choose={choose} />
        <div class="segments" role="group">
          {Object.keys(RANGES).map((key) => (
            <button type="button" key={key} aria-pressed={range === key}
              onClick={() => setRange(key)}>
              {t(`range_${key}`)}
            </button>
          ))}
        </div>
      </div>
      <Problem error={error} />
      <div class="plot" ref={box} data-state={state} role="img"
        aria-label={`${t('chart')}: ${name ? label(pointOf(ns, name)) : ''}`} />
      <p class="readout">{text || (!error && STATES[state] && t(STATES[state])) || '\u00a0'}</p>
    </section>
  );
}
