// Keeps the page of a group up to date. The page is right without it; this only makes it live.
// What goes over the stream is in docs/PROTOCOL.md; how a row is drawn is in cells.js.
'use strict';

const { make, valueCell, drawRow, fromJson, confidenceOf } = globalThis.cells;
const data = JSON.parse(document.getElementById('result').textContent);
const groupPath = `/${data.taskgroup_id}`;
const heading = document.getElementById('title').textContent;
const table = document.getElementById('rows');
const body = table.tBodies[0];
/** @type {Map<number, Row>} */
const rows = new Map();
/** Rows the stream told of before they were fetched: the newest state of each. @type {Map<number, Row>} */
const early = new Map();
const columns = [...data.columns];
let nextCursor = data.next_cursor;
let lastId = data.event_id;

// ---------------------------------------------------------------- rows

/** The line of each row that is shown. @type {Map<number, HTMLTableRowElement>} */
const lines = new Map();
for (const line of body.rows) lines.set(Number(line.dataset.row), line);

/** @param {Row} row */
function show(row, fresh) {
  if (!data.partial) addColumns(row.result);
  rows.set(row.row, row);
  const line = drawRow(row, columns, groupPath);
  if (fresh) line.classList.add('fresh');
  const old = lines.get(row.row);
  lines.set(row.row, line);
  if (old) return old.replaceWith(line);
  let before = body.lastElementChild;
  while (before && Number(before.dataset.row) > row.row) before = before.previousElementSibling;
  if (before) before.after(line);
  else body.prepend(line);
}

function hide(number) {
  rows.delete(number);
  lines.get(number)?.remove();
  lines.delete(number);
}

function addColumns(result) {
  const found = Object.keys(result).filter((name) => name !== '$id' && name !== '$status' && !columns.includes(name));
  for (const name of found) {
    // `$input` keeps to the end.
    const at = columns.at(-1) === '$input' ? columns.length - 1 : columns.length;
    columns.splice(at, 0, name);
    table.tHead.rows[0].children[at].after(make('th', { scope: 'col' }, name));
    for (const line of lines.values()) line.children[at].after(valueCell(name, undefined));
  }
}

/** What the stream says of one row: shown if the page has it or has room for it at its end, else kept for later. */
function take(row) {
  const known = rows.get(row.row);
  if (known) show(row, known.status !== row.status || known.attempt !== row.attempt);
  else if (nextCursor === null && !data.partial) show(row, true);
  else early.set(row.row, row);
}

const rank = { queued: 0, running: 1, cancelling: 2 };
const isNewer = (a, b) =>
  a.attempt > b.attempt || (a.attempt === b.attempt && (rank[a.status] ?? 3) >= (rank[b.status] ?? 3));

// ---------------------------------------------------------------- progress

const order = ['completed', 'failed', 'rejected', 'action_required', 'cancelled', 'cancelling', 'running', 'queued'];
const settled = new Set(['completed', 'failed', 'rejected', 'action_required', 'cancelled']);

function showStatus(status) {
  const counts = status.task_run_status_counts;
  const total = status.num_task_runs;
  const done = order.reduce((sum, name) => sum + (settled.has(name) ? (counts[name] ?? 0) : 0), 0);
  const mark = status.is_active ? '⏳' : total > 0 && !counts.completed ? '❌' : '✅';
  document.title = `${mark} ${done}/${total} ${heading}`;
  document.getElementById('message').textContent = status.status_message;
  const present = order.filter((name) => counts[name]);
  document
    .getElementById('counts')
    .replaceChildren(
      ...present.map((name) =>
        make(
          'li',
          { className: name },
          make('span', { className: 'dot' }),
          make('b', {}, String(counts[name])),
          ` ${name.replace('_', ' ')}`,
        ),
      ),
    );
  const bar = document.getElementById('bar');
  bar.setAttribute('aria-valuemax', String(total));
  bar.setAttribute('aria-valuenow', String(done));
  let x = 0;
  bar.firstElementChild.replaceChildren(
    ...present.map((name) => {
      const width = (counts[name] / total) * 1000;
      const segment = document.createElementNS('http://www.w3.org/2000/svg', 'rect');
      for (const [key, value] of Object.entries({
        class: name,
        x: x.toFixed(2),
        width: width.toFixed(2),
        height: '10',
      }))
        segment.setAttribute(key, value);
      x += width;
      return segment;
    }),
  );
  const blocked = document.getElementById('blocked');
  blocked.hidden = !status.blocked;
  if (status.blocked)
    blocked.textContent = `${status.blocked.message} Next try ${new Date(status.blocked.next_try_at).toLocaleString()}.`;
}

/** Cost and expiry change with the end of a group; the small probe tells them. */
async function refreshFacts() {
  const answer = await fetch(`${groupPath}/status`);
  if (!answer.ok) return;
  const { cost, expires_at: expires } = await answer.json();
  const price = document.getElementById('cost');
  if (price && cost.spent_usd !== null) price.textContent = `$${cost.spent_usd} of $${cost.estimated_total_usd}`;
  if (expires) document.getElementById('expiry').textContent = `Kept until ${expires.slice(0, 10)}.`;
}

// ---------------------------------------------------------------- the stream

const lost = document.getElementById('lost');
let lostTimer;
let retryMs = 1000;

function say(text) {
  clearTimeout(lostTimer);
  lost.textContent = text;
  lost.hidden = text === '';
}

function sayLater(text) {
  clearTimeout(lostTimer);
  lostTimer = setTimeout(() => say(text), 2000);
}

const frames = {
  snapshot_start({ rows: count }) {
    for (const number of [...rows.keys()]) if (number >= count) hide(number);
    early.clear();
  },
  rows({ rows: changed }) {
    for (const { row, attempt, result, error } of changed)
      take({
        row,
        attempt,
        status: result.$status,
        runId: null,
        result,
        confidence: {},
        reason: error ? error.message : null,
      });
  },
  'task_run.state'({ row, attempt, run, output, result }) {
    const reason = run.error ? run.error.message : null;
    const state = { row, attempt, status: run.status, runId: run.run_id, result, reason };
    take({ ...state, confidence: confidenceOf(output, result) });
    if (output?.output_url) void fetchOutput(state, output.output_url);
  },
  task_group_status({ status }) {
    showStatus(status);
  },
  'task_group.completed'() {
    void refreshFacts();
  },
  'task_group.expired'() {
    expired();
  },
  notice({ message }) {
    say(message ?? '');
  },
};

/** A large output is not in its frame: the row shows it as soon as it is fetched. */
async function fetchOutput(state, url) {
  const answer = await fetch(url).catch(() => undefined);
  if (!answer?.ok) return;
  const { result, output } = await answer.json();
  if (rows.get(state.row)?.runId === state.runId) take({ ...state, result, confidence: confidenceOf(output, result) });
}

let source;

function listen() {
  const after = lastId === null ? '' : `&after=${encodeURIComponent(lastId)}`;
  source = new EventSource(`${groupPath}.sse?follow=true${after}`);
  for (const [name, handle] of Object.entries(frames))
    source.addEventListener(name, (event) => {
      if (event.lastEventId) lastId = event.lastEventId;
      handle(JSON.parse(event.data));
    });
  source.addEventListener('snapshot_end', (event) => (lastId = event.lastEventId));
  source.onopen = () => {
    retryMs = 1000;
    say('');
  };
  source.onerror = () => {
    sayLater('Connection lost. Reconnecting…');
    // The browser reconnects by itself unless it was told off; then we ask why, and try again.
    if (source.readyState === EventSource.CLOSED) void refused();
  };
}

async function refused() {
  const answer = await fetch(`${groupPath}/status`).catch(() => undefined);
  if (answer?.status === 410) return expired();
  if (answer?.status === 404) return say('This group is no longer there.');
  const notice = answer?.ok ? (await answer.json().catch(() => ({}))).notice : undefined;
  if (notice) say(notice);
  setTimeout(listen, retryMs * (0.7 + 0.6 * Math.random()));
  retryMs = Math.min(retryMs * 2, 10_000);
}

function expired() {
  source.close();
  say('This group has expired. What you see is no longer stored; reload and it is gone.');
  document.title = `⌛ ${heading}`;
}

// ---------------------------------------------------------------- more rows, copying the link

const more = document.getElementById('more');
const next = document.getElementById('next');
let loading = false;

async function loadMore() {
  if (loading || nextCursor === null || data.partial) return;
  loading = true;
  try {
    const answer = await fetch(`${groupPath}.json?basis=none&limit=200&cursor=${encodeURIComponent(nextCursor)}`);
    if (!answer.ok) return;
    const page = await answer.json();
    page.results.forEach((result, i) => {
      const row = fromJson(result, page.runs[i]);
      const told = early.get(row.row);
      early.delete(row.row);
      show(told && isNewer(told, row) ? told : row, false);
    });
    nextCursor = page.next_cursor;
    more.hidden = nextCursor === null;
    if (nextCursor === null) for (const number of [...early.keys()].sort((a, b) => a - b)) takeEarly(number);
  } catch {
    // The link stays where it is; scrolling or a click tries again.
  } finally {
    loading = false;
  }
}

function takeEarly(number) {
  show(early.get(number), true);
  early.delete(number);
}

if (!data.partial) {
  next.addEventListener('click', (event) => {
    event.preventDefault();
    void loadMore();
  });
  watchEnd();
}

function watchEnd() {
  const observer = new IntersectionObserver(async (seen) => {
    if (!seen.some((entry) => entry.isIntersecting)) return;
    observer.disconnect();
    await loadMore();
    // Observed anew, because an end that is still in view would not be told again.
    if (nextCursor !== null) setTimeout(() => observer.observe(more), 200);
  });
  observer.observe(more);
}

const copy = document.getElementById('copy');
if (navigator.clipboard) {
  copy.hidden = false;
  copy.addEventListener('click', async () => {
    await navigator.clipboard.writeText(location.origin + groupPath);
    copy.textContent = 'Copied';
    setTimeout(() => (copy.textContent = 'Copy link'), 1500);
  });
}

data.results.forEach((result, i) => rows.set(data.runs[i].row, fromJson(result, data.runs[i])));
showStatus(data.status);
listen();
