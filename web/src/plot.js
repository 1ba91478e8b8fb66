/* One uPlot chart of one point. Reports come by exception, so between two of them the value
 * stands: the line is drawn in steps, and its last value is carried on for as long as it is known
 * to hold. */
import uPlot from 'uplot';

const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const two = (n) => String(n).padStart(2, '0');

function axisTime(seconds, step) {
  const d = new Date(seconds * 1000);
  if (step >= 86400) return `${two(d.getMonth() + 1)}-${two(d.getDate())}`;
  const minutes = `${two(d.getHours())}:${two(d.getMinutes())}`;
  return step >= 60 ? minutes : `${minutes}:${two(d.getSeconds())}`;
}

/* A flat line gets room around it; power always shows where zero is. */
function yRange(zero) {
  return (_, min, max) => {
    if (min === null) return [0, 1];
    const low = zero ? Math.min(min, 0) : min;
    const high = zero ? Math.max(max, 0) : max;
    const pad = (high - low) * 0.08 || Math.max(Math.abs(high) * 0.02, 1);
    return [low - pad, high + pad];
  };
}

function options(box, { zero, splits, tick, step, hover }) {
  const axis = {
    stroke: css('--muted'), grid: { stroke: css('--line'), width: 1 },
    ticks: { stroke: css('--line'), width: 1 }, font: `12px ${css('--font')}`,
  };
  return {
    width: box.clientWidth, height: box.clientHeight,
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 7 } },
    scales: { x: { time: true, auto: false }, y: { range: yRange(zero) } },
    axes: [
      { ...axis, space: 70, values: (_, at, _i, _s, incr) => at.map((s) => axisTime(s, incr)) },
      {
        ...axis, size: 64, values: (_, at) => at.map(tick),
        ...(splits && { splits: () => splits }),
      },
    ],
    series: [{}, {
      stroke: css('--accent'), width: 1.5, points: { show: false },
      ...(step && { paths: uPlot.paths.stepped({ align: 1 }) }),
    }],
    hooks: { setCursor: [(u) => hover(u.cursor.idx)] },
  };
}

/* First place whose time is later than ts. */
function placeAfter(times, ts) {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[middle] <= ts) low = middle + 1;
    else high = middle;
  }
  return low;
}

const plain = (v) => (typeof v === 'boolean' ? Number(v) : typeof v === 'number' ? v : null);

/* box: element to fill. style: {zero, splits, tick(v), step, readout(ts, v)}. */
export function createPlot(box, style) {
  let times = [];
  let values = [];
  const hover = (at) => {
    const shown = at !== null && at !== undefined && at < times.length;
    style.readout(shown ? times[at] : null, shown ? values[at] : null);
  };
  const u = new uPlot(options(box, { ...style, hover }), [[], []], box);
  const resize = new ResizeObserver(() => {
    u.setSize({ width: box.clientWidth, height: box.clientHeight });
  });
  resize.observe(box);

  return {
    /* pairs of [ts, v]; replaces nothing that is known already at the same time */
    add(pairs) {
      for (const [ts, v] of pairs) {
        const at = placeAfter(times, ts);
        if (at > 0 && times[at - 1] === ts) {
          values[at - 1] = plain(v);
        } else if (at === times.length) {
          times.push(ts);
          values.push(plain(v));
        } else {
          times.splice(at, 0, ts);
          values.splice(at, 0, plain(v));
        }
      }
    },
    /* Draws the window that ends now; the last value is known to have held until holdMs. */
    draw(fromMs, nowMs, holdMs) {
      const gone = Math.max(0, placeAfter(times, fromMs) - 1); /* one before the window stays */
      times = times.slice(gone);
      values = values.slice(gone);
      const x = times.map((ts) => ts / 1000);
      const y = values.slice();
      if (x.length > 0 && holdMs > times[times.length - 1]) {
        x.push(holdMs / 1000);
        y.push(y[y.length - 1]);
      }
      u.setData([x, y], false);
      u.setScale('x', { min: fromMs / 1000, max: nowMs / 1000 });
    },
    size: () => times.length,
    destroy() {
      resize.disconnect();
      u.destroy();
    },
  };
}
