/* One cabinet: what matters first, then history, cells, commands, all values, parameters. */
import { useEffect, useState } from 'preact/hooks';
import { t } from '../i18n.js';
import { compareNs } from '../model.js';
import { connected, freshness, loadCommands, loadParams, objectPaths } from '../store.js';
import { Age, CellExtreme, Lamp, Power, SocBar, StaleNote, Value } from './Parts.jsx';
import { Cells } from './Cells.jsx';
import { Chart } from './Chart.jsx';
import { CommandPanel } from './CommandPanel.jsx';
import { CommandLog } from './CommandLog.jsx';
import { Objects } from './Objects.jsx';
import { Params } from './Params.jsx';
import { Problem } from './Problem.jsx';

function Summary({ group, unit }) {
  const bms = `${unit}/BMS`;
  const pcs = `${unit}/PCS`;
  const tile = (key, content) => <div><dt>{t(key)}</dt><dd>{content}</dd></div>;
  return (
    <dl class="summary">
      {tile('soc', <SocBar group={group} ns={bms} />)}
      {tile('power', <Power group={group} ns={pcs} />)}
      {tile('state', <Value group={group} ns={pcs} name="runState" />)}
      {tile('cell_max', <CellExtreme group={group} ns={bms} name="cellVMax" />)}
      {tile('cell_min', <CellExtreme group={group} ns={bms} name="cellVMin" />)}
    </dl>
  );
}

export function Cabinet({ group, unit }) {
  const [error, setError] = useState(null);
  const epoch = connected.value;
  useEffect(() => {
    if (epoch === 0) return;
    setError(null);
    Promise.all([loadParams(group), loadCommands(group)]).catch(setError);
  }, [group, epoch]);

  const paths = objectPaths(group, unit).sort(compareNs);
  return (
    <main class={freshness(group).live ? '' : 'stale'}>
      <div class="title">
        <a href="#/" class="back">‹ {t('back')}</a>
        <h1>{group} / {unit}</h1>
        <Lamp group={group} />
        <Age group={group} />
        <span class="grow" />
        <small>{t('sign')}</small>
      </div>
      <StaleNote group={group} />
      <Problem error={error} />
      <Summary group={group} unit={unit} />
      <div class="columns">
        <div>
          <Chart group={group} paths={paths} />
          <Cells group={group} paths={paths} />
        </div>
        <div>
          <CommandPanel group={group} paths={paths} />
          <CommandLog group={group} unit={unit} />
        </div>
      </div>
      <Objects group={group} paths={paths} />
      <Params group={group} unit={unit} />
    </main>
  );
}
