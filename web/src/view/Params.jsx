/* The parameters in force, with the revision they were reported under. */
import { label, t } from '../i18n.js';
import { compareNs, objectOf, pointOf } from '../model.js';
import { timeText, unitOf, valueText } from '../format.js';
import { params } from '../store.js';

function ParamCard({ one }) {
  const object = objectOf(one.ns);
  const names = Object.keys(one.values)
    .sort((a, b) => pointOf(one.ns, a).at - pointOf(one.ns, b).at);
  return (
    <section class="card object">
      <h3>
        {object ? label(object) : one.ns}
        <small>{t('rev', { rev: one.rev, at: timeText(one.ts) })}</small>
      </h3>
      <dl class="values">
        {names.map((name) => {
          const point = pointOf(one.ns, name);
          return (
            <div key={name}>
              <dt title={name}>{label(point)}</dt>
              <dd class="value">
                <b>{valueText(point, one.values[name])}</b><small>{unitOf(point)}</small>
              </dd>
            </div>
          );
        })}
      </dl>
    </section>
  );
}

export function Params({ group, unit }) {
  const known = params.value.get(group);
  const mine = (known ?? [])
    .filter((one) => one.ns.split('/')[0] === unit)
    .sort((a, b) => compareNs(a.ns, b.ns));
  return (
    <section aria-labelledby="params">
      <h2 id="params">{t('adjust')}</h2>
      {mine.length === 0 && <p class="empty">{t(known ? 'params_none' : 'loading')}</p>}
      <div class="masonry">{mine.map((one) => <ParamCard key={one.ns} one={one} />)}</div>
    </section>
  );
}
