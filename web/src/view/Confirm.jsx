/* Asks once more, naming the cabinet and the value. Escape and the first button both mean no. */
import { useEffect, useRef } from 'preact/hooks';
import { t } from '../i18n.js';

export function Confirm({ title, lines, warning, target, yes, no }) {
  const dialog = useRef(null);
  useEffect(() => dialog.current.showModal(), []);
  const refuse = (event) => {
    event.preventDefault();
    no();
  };
  return (
    <dialog ref={dialog} aria-labelledby="ask" onCancel={refuse}>
      <p id="ask">{t('confirm_ask')}</p>
      <h2>{target}: {title}</h2>
      {lines.length > 0 && <ul>{lines.map((line) => <li key={line}>{line}</li>)}</ul>}
      {warning && <p class="note">{warning}</p>}
      <div class="row">
        <span class="grow" />
        <button type="button" id="cancel" autofocus onClick={no}>{t('cancel')}</button>
        <button type="button" id="confirm" class="primary" onClick={yes}>
          {t('confirm_send', { target })}
        </button>
      </div>
    </dialog>
  );
}
