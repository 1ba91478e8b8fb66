import { useState } from 'preact/hooks';
import { api } from '../api.js';
import { t } from '../i18n.js';
import { user, wasLoggedOut } from '../store.js';
import { LangSwitch } from './Header.jsx';
import { Problem } from './Problem.jsx';

export function Login() {
  const [error, setError] = useState(null);
  const [busy, setBusy] = useState(false);

  async function submit(event) {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    setBusy(true);
    setError(null);
    try {
      const { user: name, role } = await api.login(form.get('user'), form.get('password'));
      wasLoggedOut.value = false;
      user.value = { user: name, role };
    } catch (problem) {
      setError(problem);
      setBusy(false);
    }
  }

  return (
    <main class="narrow">
      <form class="card login" onSubmit={submit}>
        <div class="row">
          <h1 class="brand">esslink</h1>
          <span class="grow" />
          <LangSwitch />
        </div>
        {wasLoggedOut.value && !error && <p role="status">{t('login_again')}</p>}
        <label>
          {t('user')}
          <input name="user" autocomplete="username" required autofocus />
        </label>
        <label>
          {t('password')}
          <input name="password" type="password" autocomplete="current-password" required />
        </label>
        <Problem error={error} />
        <button type="submit" class="primary" disabled={busy}>{t('login')}</button>
      </form>
    </main>
  );
}
