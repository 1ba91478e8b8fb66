/* The two languages of the page. Own words are in text.json; labels of points, commands and
 * results come with the model. The choice is remembered; the first one is the browser's. */
import { effect, signal } from '@preact/signals';
import text from './text.json';

const KEY = 'esslink.lang';

function remembered() {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null; /* storage may be forbidden; then the choice lasts as long as the page */
  }
}

function first() {
  const chosen = remembered();
  if (chosen === 'en' || chosen === 'zh') return chosen;
  return (navigator.language || '').toLowerCase().startsWith('zh') ? 'zh' : 'en';
}

export const lang = signal(first());

effect(() => {
  document.documentElement.lang = lang.value === 'zh' ? 'zh-CN' : 'en';
});

export function switchLang() {
  lang.value = lang.value === 'zh' ? 'en' : 'zh';
  try {
    localStorage.setItem(KEY, lang.value);
  } catch {
    /* see remembered() */
  }
}

/* The text of that key, its {names} replaced. */
export function t(key, named = {}) {
  return text[lang.value][key].replace(/\{(\w+)\}/g, (_, name) => named[name]);
}

/* The label of something of the model: an object with en and zh. */
export function label(entry) {
  return (lang.value === 'zh' && entry.zh) || entry.en;
}

/* The text of that key where there is one, else the key: for words that the hub may add to. */
export function word(key) {
  return text[lang.value][key] ?? key;
}
