import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  encodeFrame,
  jsonResult,
  resultHtml,
  resultPage,
  statusProbe,
  taskRunState,
  type PageAssets,
} from '@multitask/result-formats';
import { applyToView, emptyFold, type GroupHeader, type RowView } from '@multitask/task-group';
import { GroupStory, jsonOutput, storyGroupId } from '@multitask/testing';

/** Frames are written in bunches of this many milliseconds, as a log gives them. */
const bunchMs = 20;

export interface LargeServer {
  readonly url: string;
  /** How many updates were sent so far. */
  sent(): number;
  /** Sends any frame to whoever reads. */
  send(event: string, data: Readonly<Record<string, unknown>>): void;
  close(): Promise<void>;
}

/**
 * The page of a group as large as groups get, which nobody had to buy: rows are made up when they are asked for, and changed at a
 * given rate. Style and script are those of the gateway at `origin`.
 */
export async function serveLargeGroup(
  origin: string,
  options: { rows: number; updatesPerSecond: number },
): Promise<LargeServer> {
  const assets = await assetsOf(origin);
  const header = headerOf(options.rows);
  const readers = new Set<ServerResponse>();
  let sent = 0;
  let state = 0;
  const timer = setInterval(() => {
    let bunch = '';
    const count = readers.size > 0 ? Math.round((options.updatesPerSecond * bunchMs) / 1_000) : 0;
    for (let i = 0; i < count; i++) {
      // Rows everywhere, and every tenth time one of the first thousand, where a reader begins.
      const number = (state = (state * 48_271 + 11) % 2_147_483_647) % (i % 10 === 0 ? 1_000 : options.rows);
      bunch += encodeFrame(taskRunState(rowOf(number, 'completed', (sent += 1)), header), `x-${sent}`);
    }
    if (bunch !== '') for (const reader of readers) reader.write(bunch);
  }, bunchMs);
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url!, 'http://x');
    const send = (type: string, body: Iterable<string> | string) => {
      response.writeHead(200, { 'content-type': type });
      response.end([...body].join(''));
    };
    if (pathname.startsWith('/assets/'))
      return void fetch(origin + pathname).then(async (asset) => {
        response.writeHead(asset.status, { 'content-type': asset.headers.get('content-type')! });
        response.end(Buffer.from(await asset.arrayBuffer()));
      });
    if (pathname.endsWith('.sse')) {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write(': here\n\n');
      readers.add(response);
      return void response.on('close', () => readers.delete(response));
    }
    if (pathname.endsWith('/status')) return send('application/json', JSON.stringify(statusProbe(header)));
    const from = Number(searchParams.get('cursor')?.slice(1) ?? 0);
    const limit = Math.min(Number(searchParams.get('limit') ?? 200), options.rows - from);
    const rows = Array.from({ length: limit }, (_, i) => rowOf(from + i, 'queued', 0));
    const query = { statuses: undefined, limit, from, fields: undefined, basis: { of: 'none' as const } };
    const page = resultPage({ ...header, rows }, query, 'x-0');
    if (pathname.endsWith('.json')) return send('application/json', jsonResult(page));
    return send('text/html; charset=utf-8', resultHtml({ ...page, query: { ...query, from: 0 } }, assets));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/${storyGroupId}`,
    sent: () => sent,
    send: (event, data) => readers.forEach((reader) => reader.write(encodeFrame({ event, data }))),
    close: () => {
      clearInterval(timer);
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

function headerOf(rowCount: number): GroupHeader {
  const story = new GroupStory().created(['x']);
  const { rows: _, ...header } = story.events.reduce(applyToView, emptyFold(story.groupId)).view!;
  return { ...header, rowCount, counts: { queued: rowCount } };
}

function rowOf(row: number, status: 'queued' | 'completed', version: number): RowView {
  const runId = `trun_${row.toString(16).padStart(32, '0')}`;
  const basis = [{ field: 'capital', reasoning: 'Because.', confidence: 'high', citations: [] }];
  const content = {
    capital: `City ${row}`,
    population: row * 7 + version,
    note: `Version ${version} of what is known.`,
  };
  return {
    row,
    input: { country: `Country ${row}`, code: `C${row}`, continent: 'Europe' },
    attempt: 1,
    status,
    runId,
    run: { run_id: runId, status },
    output: status === 'completed' ? jsonOutput(content, basis) : null,
    refusal: null,
    previous: [],
    updatedSeq: version,
  } as RowView;
}

async function assetsOf(origin: string): Promise<PageAssets> {
  const page = await (await fetch(`${origin}/no-such-page`, { headers: { accept: 'text/html' } })).text();
  const revision = /\/assets\/([0-9a-f]+)\//.exec(page)![1];
  const base = `/assets/${revision}`;
  return { style: `${base}/page.css`, script: `${base}/page/main.js`, modules: [], icon: `${base}/icon.svg` };
}
