import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

export const groupId = `tgrp_${'a'.repeat(32)}`;

/** An installation that answers by the book, sells at a price, and writes down who asked for what with which key. */
export interface ScriptedInstallation {
  readonly origin: string;
  readonly seen: { method: string; path: string; headers: IncomingHttpHeaders; body: string }[];
  /** Whether connections break before a create is answered. */
  losesAnswers: boolean;
  /** Called before a create is answered. */
  onCreate: () => void;
  upstream: 'parallel' | 'emulator';
  counts: Record<string, number>;
  close(): Promise<void>;
}

const estimate = { cost_usd: 0.03, usd_per_run: 0.01, seconds: { min: 15, max: 180 } };
const output_schema = { type: 'object', properties: { capital: { type: 'string' } } };

export async function startInstallation(): Promise<ScriptedInstallation> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      installation.seen.push({ method, path: url, headers, body: Buffer.concat(chunks).toString() });
      const isCreate = method === 'POST' && url.endsWith('/multitask');
      if (isCreate && installation.losesAnswers) return void request.socket.destroy();
      if (isCreate) installation.onCreate();
      const { status, type, body } = answerTo(method, url);
      response.writeHead(status, { 'content-type': type }).end(body);
    });
  });
  const json = (value: object, status = 200) => ({ status, type: 'application/json', body: JSON.stringify(value) });

  function answerTo(method: string, url: string): { status: number; type: string; body: string } {
    const { upstream, counts, origin } = installation;
    const group = { taskgroup_id: groupId, url: `${origin}/${groupId}`, generation: 1, warnings: [], estimate };
    const status = {
      num_task_runs: 3,
      task_run_status_counts: counts,
      is_active: false,
      status_message: 'Done.\u001b[31m',
      blocked: null,
    };
    const processors = [{ name: 'base', usd_per_run: 0.01, latency_seconds: { min: 15, max: 180 } }];
    if (url.endsWith('/limits')) return json({ upstream, key_required: upstream !== 'emulator', processors });
    const resolved = { num_inputs: 3, processor: 'base', output_type: 'json', output_schema, title: null };
    if (url.endsWith('?dry_run=true')) return json({ ...resolved, dry_run: true, warnings: [], estimate, preview: [] });
    if (method === 'POST' && url.endsWith('/multitask')) return json({ ...group, ...resolved, formats: {} }, 201);
    if (method === 'POST') return json({ ...group, num_rows: 1, rows: [2], detail: 'Done.' }, 202);
    if (method === 'DELETE') return json({ taskgroup_id: groupId, deleted: true, detail: 'Deleted.' });
    if (url.endsWith('/status')) return json({ ...group, status, cost: { spent_usd: 0.02 } });
    if (url.includes('.json')) return json({ ...group, ...resolved, status, results: [], runs: [], next_cursor: null });
    if (url.endsWith('.sse')) return { status: 200, type: 'text/event-stream', body: 'event: closed\ndata: {}\n\n' };
    return { status: 200, type: 'text/csv', body: '$id,$status\r\n' };
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const installation: ScriptedInstallation = {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen: [],
    losesAnswers: false,
    onCreate: () => undefined,
    upstream: 'parallel',
    counts: { completed: 2, failed: 1 },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return installation;
}
