/* Every array of the cabinet (cell voltages, temperatures) as bars on a canvas, highest and lowest
 * marked. The scale begins near the lowest, since a few millivolts are what one looks for. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { elementText } from '../format.js';
import { label, t } from '../i18n.js';
import { pointOf } from '../model.js';
import { pointNames, pointSignal } from '../store.js';
import { theme } from '../theme.js';

const HEIGHT = 84;
const MARKS = ['high', 'low', ''];
const MARK = 8; /* room for the marks above the bars */

/* Of several equal elements the one is marked that the equipment names (cellVMaxAt, counted from
 * 1), since it measures finer than it reports. */
function extremes(list, namedHigh, namedLow) {
  const low = Math.min(...list);
  const high = Math.max(...list);
  const place = (v, named) => (list[named - 1] === v ? named - 1 : list.indexOf(v));
  return { low: place(low, namedLow), high: place(high, namedHigh), spread: high - low };
}

function paint(canvas, list, { low, high, spread }, chosen) {
  const css = getComputedStyle(document.documentElement);
  const color = (name) => css.getPropertyValue(name).trim();
  const width = canvas.clientWidth;
  const ratio = window.devicePixelRatio || 1;
  canvas.width = width * ratio;
  canvas.height = HEIGHT * ratio;
  const pen = canvas.getContext('2d');
  pen.scale(ratio, ratio);
  const floor = list[low] - Math.max(spread * 0.4, 4);
  const step = width / list.length;
  const gap = step > 3 ? 1 : step > 2 ? 0.5 : 0;
  list.forEach((v, i) => {
    const tall = ((v - floor) / (list[high] - floor)) * (HEIGHT - MARK);
    const marked = i === high ? '--high' : i === low ? '--low' : '';
    pen.fillStyle = color(i === chosen ? '--text' : marked || '--bar');
    pen.fillRect(i * step, HEIGHT - tall, Math.max(step - gap, 1), tall);
    if (!marked) return;
    pen.beginPath();
    pen.moveTo((i + 0.5) * step - 4, 0);
    pen.lineTo((i + 0.5) * step + 4, 0);
    pen.lineTo((i + 0.5) * step, 6);
    pen.fill();
  });
}

function Strip({ group, ns, name }) {
  const canvas = useRef(null);
  const [chosen, choose] = useState(null);
  const [width, setWidth] = useState(0);
  const point = pointOf(ns, name);
  const valueOf = (which) => pointSignal(group, ns, which).value?.v;
  const list = valueOf(name);
  const look = theme.value;
  const known = Array.isArray(list) && list.length > 0;
  const found = known ? extremes(list, valueOf(`${name}MaxAt`), valueOf(`${name}MinAt`)) : null;

  useEffect(() => {
    if (known) paint(canvas.current, list, found, chosen);
  }, [list, chosen, width, look]);
  useEffect(() => {
    const watch = new ResizeObserver(() => setWidth(canvas.current?.clientWidth ?? 0));
    watch.observe(canvas.current);
    return () => watch.disconnect();
  }, []);
  if (!known) return <canvas class="strip" ref={canvas} />;

  const point1 = (i) => `${t('axis_cell', { n: i + 1 })} ${elementText(point, list[i])}`;
  const over = (event) => {
    const { left, width: wide } = canvas.current.getBoundingClientRect();
    const i = Math.floor(((event.clientX - left) / wide) * list.length);
    choose(i >= 0 && i < list.length ? i : null);
  };
  const keys = (event) => {
    const move = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!move) return;
    event.preventDefault();
    choose(Math.min(list.length - 1, Math.max(0, (chosen ?? found.low) + move)));
  };
  const told = [
    [t('max'), point1(found.high)], [t('min'), point1(found.low)],
    [t('spread'), elementText(point, found.spread)],
  ];
  return (
    <figure>
      <figcaption>
        <b>{label(point)}</b> <small>{ns.split('/').slice(1).join('/')} · {list.length}</small>
        <span class="grow" />
        <output>{chosen !== null && chosen < list.length ? point1(chosen) : ''}</output>
      </figcaption>
      <canvas class="strip" ref={canvas} data-strip={name} tabIndex={0} role="img"
        aria-label={`${label(point)}: ${told.map((each) => each.join(' ')).join(', ')}`}
        onPointerMove={over} onPointerLeave={() => choose(null)} onBlur={() => choose(null)}
        onKeyDown={keys} />
      <p class="extremes">
        {told.map(([name, text], i) => (
          <span key={name}>{MARKS[i] && <i class={`mark ${MARKS[i]}`} />}{name} {text}</span>
        ))}
      </p>
    </figure>
  );
}

export function Cells({ group, paths }) {
  const arrays = paths.flatMap((ns) => pointNames(group, ns)
    .filter((name) => pointOf(ns, name).type === 'array')
    .sort((a, b) => pointOf(ns, a).at - pointOf(ns, b).at)
    .map((name) => [ns, name]));
  if (arrays.length === 0) return null;
  return (
    <section class="card cells">
      {arrays.map(([ns, name]) => (
        <Strip key={`${ns}#${name}`} group={group} ns={ns} name={name} />
      ))}
    </section>
  );
}
