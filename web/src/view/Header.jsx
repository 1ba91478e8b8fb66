/* Name, state of the live stream, language, and who is logged in. */
import { api } from '../api.js';
import { lang, switchLang, t } from '../i18n.js';
import { stream, user } from '../store.js';
import { timeText } from '../format.js';

const LAMPS = { live: 'good', connecting: 'wait', down: 'bad' };

function StreamState() {
  const { state, since } = stream.value;
  return (
    <span class="pill" role="status" data-state={state}>
      <i class={`lamp ${LAMPS[state]}`} />
      {state === 'down' ? t('stale_since', { at: timeText(since) }) : t(state)}
    </span>
  );
}

export function LangSwitch() {
  return (
    <button type="button" class="quiet" id="lang" lang={lang.value === 'zh' ? 'en' : 'zh-CN'}
      onClick={switchLang}>
      {t('lang_switch')}
    </button>
  );
}

async function logout() {
  try {
    await api.logout();
  } finally {
    user.value = null;
  }
}

export function Header() {
  const me = user.value;
  return (
    <header class="top">
      <a class="brand" href="#/">esslink</a>
      <StreamState />
      <span class="grow" />
      <LangSwitch />
      <span class="who">{me.user} <small>{t(`role_${me.role}`)}</small></span>
      <button type="button" class="quiet" onClick={logout}>{t('logout')}</button>
    </header>
  );
}
