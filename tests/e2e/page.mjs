/* Drives the page in Chromium as an operator would. Started by test_page.py:
 *   node page.mjs URL USER PASSWORD
 * ESS_NODE_MODULES: folder that has node_modules with playwright-core. ESS_SHOT: where a picture
 * goes on failure. Prints one line a step, and "page: wanted: ..." where the plant must change;
 * exits 1 with the reason when a step does not hold. */
import { createRequire } from 'node:module';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const [, , url, user, password] = process.argv;
const require = createRequire(path.join(process.env.ESS_NODE_MODULES, 'package.json'));
const { chromium } = require('playwright-core');

const profile = mkdtempSync(path.join(tmpdir(), 'esslink-page-'));
const complaints = [];
const foreign = [];

function check(holds, what) {
  if (!holds) throw new Error(`expected: ${what}`);
}

function open() {
  return chromium.launchPersistentContext(profile, {
    executablePath: '/usr/bin/chromium', headless: true, locale: 'en-US',
    viewport: { width: 1280, height: 900 },
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
      '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  });
}

/* What the browser complains of. Being told "not logged in" is part of the log-in, not a fault. */
function watch(page) {
  page.on('console', (line) => {
    const asked = /\/api\/v1\/(me|login)$/.test(line.location().url) && /\b401\b/.test(line.text());
    if (['error', 'warning'].includes(line.type()) && !asked) complaints.push(line.text());
  });
  page.on('pageerror', (error) => complaints.push(error.stack));
  page.on('request', (request) => {
    if (new URL(request.url()).origin !== new URL(url).origin) foreign.push(request.url());
  });
}

async function logIn(page) {
  await page.goto(url);
  await page.fill('[name=user]', user);
  await page.fill('[name=password]', `${password}-not`);
  await page.click('[type=submit]');
  const told = await page.locator('[role=alert] strong').innerText();
  check(told.length > 0, 'a wrong password is told');
  await page.fill('[name=password]', password);
  await page.click('[type=submit]');
  await page.waitForSelector('.cabinets tbody tr');
  await page.waitForSelector('header .pill[data-state=live]');
}

/* Waits by locators only: the hub's content security policy forbids what waitForFunction does. */
async function changes(page, point) {
  const value = page.locator(`[data-point="${point}"]`);
  const before = await value.innerText();
  await value.filter({ hasNotText: before }).waitFor();
}

/* Counts pixels of the line's colour, frame by frame, until power has moved it or time is up. */
async function chartDraws(page) {
  await page.waitForSelector('.plot[data-state=drawn] canvas');
  const line = await page.locator('.plot canvas').evaluate(async (canvas) => {
    const accent = getComputedStyle(document.documentElement).getPropertyValue('--accent').trim();
    const [r, g, b] = accent.match(/\w\w/g).map((hex) => parseInt(hex, 16));
    const copy = Object.assign(document.createElement('canvas'),
      { width: canvas.width, height: canvas.height });
    const pen = copy.getContext('2d', { willReadFrequently: true });
    const count = () => {
      pen.clearRect(0, 0, copy.width, copy.height);
      pen.drawImage(canvas, 0, 0);
      const { data } = pen.getImageData(0, 0, copy.width, copy.height);
      let drawn = 0;
      for (let i = 0; i < data.length; i += 4) {
        const off = Math.abs(data[i] - r) + Math.abs(data[i + 1] - g) + Math.abs(data[i + 2] - b);
        if (data[i + 3] > 128 && off < 60) drawn++;
      }
      return drawn;
    };
    const until = performance.now() + 20000;
    while (count() < 50 && performance.now() < until) await new Promise(requestAnimationFrame);
    return count();
  });
  check(line >= 50, `the line of the chart is drawn (${line} pixels of its colour)`);
}

async function cellsDraw(page) {
  const label = await page.locator('canvas[data-strip=cellV]').getAttribute('aria-label');
  check(/\d+ mV/.test(label), `the cell voltages are shown (${label})`);
  await page.getByText('BMS/C1 · 260').waitFor();
}

/* Sends what is in the form and waits until the command is done. */
async function send(page, operation, fill) {
  await page.click(`[data-op="${operation}"]`);
  await fill();
  const before = await page.locator('[data-command]').count();
  await page.click('#send');
  const dialog = page.locator('dialog[open]');
  check((await dialog.innerText()).includes('SH001'), 'the question names the cabinet');
  await page.click('#confirm');
  await page.locator('[data-command]').nth(before).waitFor();
  await page.waitForSelector('.log > li:first-child[data-state=done]');
  return page.locator('.log > li:first-child');
}

async function commands(page) {
  await send(page, 'start', async () => {});
  const entry = await send(page, 'power.set', async () => {
    await page.fill('#arg-p', '1000');
    await page.click('#send');
    await page.waitForSelector('form [role=alert]');
    await page.fill('#arg-p', '42');
    await page.fill('#arg-rvt', '600');
  });
  const text = await entry.innerText();
  check(await entry.locator('[data-stage=accepted]').count() === 1, 'the stage accepted is shown');
  check(await entry.locator('[data-stage=done]').count() === 1, 'the stage done is shown');
  const back = await entry.locator('[data-readback]').innerText();
  check(/\b42(\.0)? kW/.test(back), `the read-back is on screen (${back}; all: ${text})`);
}

async function speaksChinese(page) {
  await page.getByRole('heading', { name: 'Live values' }).waitFor();
  await page.click('#lang');
  await page.getByRole('heading', { name: '实时数据' }).waitFor();
  await page.reload();
  await page.getByRole('heading', { name: '实时数据' }).waitFor(); /* remembered */
}

/* A cabinet whose agent hangs: its age grows, and where the hub calls it stale, so does the page.
 * The hub would take three minutes: its answer is told early. */
async function tellsStaleDevice(page) {
  const says = async (answer) => {
    const response = await answer.fetch();
    const body = await response.json();
    body.devices.forEach((device) => { device.stale = true; });
    await answer.fulfill({ response, json: body });
  };
  check(!/\d\d/.test(await page.locator('[data-age]').innerText()), 'its age is told');
  console.log('page: wanted: agent halted');
  await page.locator('[data-age]').filter({ hasText: /\b[3-9] / }).waitFor();
  check(await page.locator('main.stale').count() === 0, 'young enough');
  await page.route('**/api/v1/devices', says);
  await page.reload();
  const note = page.locator('main.stale [role=status] .note');
  await note.filter({ hasText: /^数据陈旧：自 .*\d\d:\d\d:\d\d 起没有新上报/ }).waitFor();
  await page.click('#lang');
  await note.filter({ hasText: /^Stale: nothing was reported since .*\d\d:\d\d:\d\d/ }).waitFor();
  await page.locator('.title .lamped').filter({ hasText: 'stale' }).waitFor();
  console.log('page: wanted: agent continued');
  await page.waitForSelector('main:not(.stale)'); /* though the hub's word is the old one */
  await page.unroute('**/api/v1/devices', says);
}

/* test_page.py hears these lines on its pipe and does as they say. */
async function tellsStale(page) {
  console.log('page: wanted: hub killed');
  await page.waitForSelector('header .pill[data-state=down]');
  const note = await page.locator('main.stale [role=status] .note').innerText();
  check(/\d\d:\d\d:\d\d/.test(note), `since when is told (${note})`);
  console.log('page: wanted: hub restarted'); /* which keeps the log-in */
  await page.waitForSelector('header .pill[data-state=live]');
  await page.waitForSelector('main:not(.stale) canvas[data-strip=cellV]');
}

async function run(page) {
  const steps = {
    'log-in': () => logIn(page),
    'cabinet': async () => {
      await page.click('.cabinets tbody a');
      await changes(page, 'SH001/CAB01/PCS/hb');
    },
    'cells': () => cellsDraw(page),
    'commands': () => commands(page),
    'chart': () => chartDraws(page), /* after the power has moved */
    'language': () => speaksChinese(page),
    'stale device': () => tellsStaleDevice(page),
    'hosts': async () => check(foreign.length === 0, `its own host only; saw ${foreign}`),
    'console': async () => check(complaints.length === 0, 'a silent console'),
    'broken stream': () => tellsStale(page),
  };
  for (const [name, step] of Object.entries(steps)) {
    await step().catch((error) => { throw new Error(`${name}: ${error.message}`); });
    console.log(`page: ${name}: ok`);
  }
}

const context = await open();
const page = context.pages()[0] ?? await context.newPage();
page.setDefaultTimeout(30000);
watch(page);
try {
  await run(page);
} catch (error) {
  console.error(`page: ${error.message}`);
  complaints.forEach((line) => console.error(`console: ${line}`));
  await page.screenshot({ path: process.env.ESS_SHOT, fullPage: true }).catch(() => {});
  console.error(`picture: ${process.env.ESS_SHOT}`);
  process.exitCode = 1;
} finally {
  await context.close();
  rmSync(profile, { recursive: true, force: true });
}
