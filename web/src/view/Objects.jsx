/* Live values, grouped by object, in the model's order. */
import { label, t } from '../i18n.js';
import { objectOf, pointOf } from '../model.js';
import { pointNames } from '../store.js';
import { Value } from './Parts.jsx';

function ObjectCard({ group, ns }) {
  const object = objectOf(ns);
  const names = pointNames(group, ns)
    .filter((name) => pointOf(ns, name).type !== 'array')
    .sort((a, b) => pointOf(ns, a).at - pointOf(ns, b).at);
  return (
    <section class="card object">
      <h3>{object ? label(object) : ns} <small>{ns.split('/').slice(1).join('/')}</small></h3>
      <dl class="values">
        {names.map((name) => (
          <div key={name}>
            <dt title={name}>{label(pointOf(ns, name))}</dt>
            <dd><Value group={group} ns={ns} name={name} /></dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

export function Objects({ group, paths }) {
  return (
    <section aria-labelledby="objects">
      <h2 id="objects">{t('objects')}</h2>
      <div class="masonry">
        {paths.map((ns) => <ObjectCard key={ns} group={group} ns={ns} />)}
      </div>
      {paths.length === 0 && <p class="empty">{t('none')}</p>}
    </section>
  );
}
