/* The page: who is logged in decides between the log-in and the cabinets; the address after # says
 * which cabinet, so that one can be bookmarked. */
import { render } from 'preact';
import { effect, signal } from '@preact/signals';
import 'uplot/dist/uPlot.min.css';
import './style.css';
import { api, onLoggedOut } from './api.js';
import { startStream, stopStream } from './stream.js';
import { user, wasLoggedOut } from './store.js';
import { Header } from './view/Header.jsx';
import { Login } from './view/Login.jsx';
import { List } from './view/List.jsx';
import { Cabinet } from './view/Cabinet.jsx';
import { Problem } from './view/Problem.jsx';

const route = signal([]);
const startProblem = signal(null);

function readRoute() {
  const parts = location.hash.replace(/^#\/?/, '').split('/').filter(Boolean);
  route.value = parts.map(decodeURIComponent);
}

function App() {
  if (startProblem.value) {
    return <main class="narrow"><Problem error={startProblem.value} /></main>;
  }
  if (user.value === undefined) return null;
  if (user.value === null) return <Login />;
  const [group, unit] = route.value;
  return (
    <>
      <Header />
      {unit ? <Cabinet key={`${group}/${unit}`} group={group} unit={unit} /> : <List />}
    </>
  );
}

async function start() {
  onLoggedOut(() => {
    wasLoggedOut.value = Boolean(user.peek());
    user.value = null;
  });
  window.addEventListener('hashchange', readRoute);
  readRoute();
  render(<App />, document.body);
  try {
    user.value = await api.me();
  } catch (error) {
    if (error.status !== 401) startProblem.value = error;
  }
}

/* The stream lives as long as somebody is logged in. */
let streaming = false;
effect(() => {
  const wanted = Boolean(user.value);
  if (wanted === streaming) return;
  streaming = wanted;
  if (wanted) startStream();
  else stopStream();
});

start();
