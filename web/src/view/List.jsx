/* All cabinets, one line each. */
import { t } from '../i18n.js';
import { agoText, pair } from '../format.js';
import { second } from '../clock.js';
import { devices, freshness, heardSignal, stream } from '../store.js';
import { CellExtreme, Lamp, Power, SocBar, Value } from './Parts.jsx';

function Row({ group, unit }) {
  const bms = `${unit}/BMS`;
  const pcs = `${unit}/PCS`;
  const heard = heardSignal(group).value;
  const cell = (key, content) => <td data-label={t(key)}>{content}</td>;
  return (
    <tr class={freshness(group).live ? '' : 'stale'}>
      <th scope="row">
        <a href={`#/${encodeURIComponent(group)}/${encodeURIComponent(unit)}`}>
          {group} <span>/ {unit}</span>
        </a>
        <Lamp group={group} />
      </th>
      {cell('soc', <SocBar group={group} ns={bms} />)}
      {cell('power', <Power group={group} ns={pcs} />)}
      {cell('state', <Value group={group} ns={pcs} name="runState" />)}
      {cell('cell_max', <CellExtreme group={group} ns={bms} name="cellVMax" />)}
      {cell('cell_min', <CellExtreme group={group} ns={bms} name="cellVMin" />)}
      {cell('age', heard ? agoText(second.value - heard) : '–')}
    </tr>
  );
}

export function List() {
  const rows = devices.value.flatMap(({ group, units }) => units.map(
    (unit) => <Row key={`${group}/${unit}`} group={group} unit={unit} />));
  const heads = ['cabinet', 'soc', 'power', 'state', 'cell_max', 'cell_min', 'age'];
  return (
    <main>
      <div class="title"><h1>{t('cabinets')}</h1><small>{pair(t('power'), t('sign'))}</small></div>
      {rows.length > 0 && (
        <table class="card cabinets">
          <thead><tr>{heads.map((key) => <th key={key} scope="col">{t(key)}</th>)}</tr></thead>
          <tbody>{rows}</tbody>
        </table>
      )}
      {rows.length === 0 && stream.value.state === 'live' && (
        <p class="empty">{t('groups_none')}</p>
      )}
    </main>
  );
}
