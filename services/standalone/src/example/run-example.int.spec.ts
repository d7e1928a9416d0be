import { createServer, type Server } from 'node:http';
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exitCodes, runExample, type ExampleOptions } from './run-example';
import { WebhookReceiver } from './webhook-receiver';

interface Conduct {
  readonly counts?: Record<string, number>;
  readonly costUsd?: number | null;
  readonly gone?: boolean;
  /** How many answers to a create are lost on their way. */
  readonly lostAnswers?: number;
}

/** What a front door answers, reduced to what the example asks. */
describe('the example group', () => {
  let folder: string;
  let server: Server | undefined;
  let receiver: WebhookReceiver;
  let created: { key: string | undefined; idempotencyKey?: unknown; body: Record<string, unknown> }[];
  let told: string[];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'multitask-example-'));
    receiver = await WebhookReceiver.open();
    created = [];
    told = [];
  });
  afterEach(async () => {
    receiver.close();
    server?.close();
    server?.closeAllConnections();
    await rm(folder, { recursive: true, force: true });
  });

  async function house(conduct: Conduct = {}): Promise<string> {
    const { counts = { completed: 12 }, costUsd = 0.12, gone = false, lostAnswers = 0 } = conduct;
    server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const answer = (status: number, body: object) => response.writeHead(status).end(JSON.stringify(body));
        if (request.method === 'GET') {
          if (gone) return answer(404, {});
          const status = { num_task_runs: 12, task_run_status_counts: counts, is_active: false };
          return answer(200, { status, results: [{ country: 'Japan', capital: 'Tokyo' }] });
        }
        if (request.url?.includes('dry_run')) return answer(200, { estimate: { cost_usd: costUsd } });
        const body = JSON.parse(Buffer.concat(chunks).toString()) as Record<string, unknown>;
        const { 'x-api-key': key, 'idempotency-key': idempotencyKey } = request.headers;
        created.push({ key: key as string | undefined, idempotencyKey, body });
        if (created.length <= lostAnswers) return request.socket.destroy();
        answer(201, { taskgroup_id: 'tgrp_1', webhook_secret: `whsec_${'A'.repeat(32)}` });
      });
    });
    await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  const run = (origin: string, options: Partial<ExampleOptions> = {}) =>
    runExample({
      origin,
      publicOrigin: origin,
      upstream: 'emulator',
      apiKey: undefined,
      recordFile: join(folder, 'example.json'),
      receiver,
      signal: AbortSignal.timeout(20_000),
      webhookPatienceMs: 0,
      tell: (line) => void told.push(line),
      ...options,
    });

  it.each([
    [{ completed: 12 }, exitCodes.completed],
    [{ completed: 11, failed: 1 }, exitCodes.someFailed],
  ])('that ended with %j gives the code %i', async (counts, code) => {
    await expect(run(await house({ counts }))).resolves.toBe(code);
    expect(told.join('\n')).toMatch(/Japan +Tokyo/);
  });

  it('is not bought again by the next start', async () => {
    const origin = await house();
    await run(origin);
    await run(origin);
    expect(created).toHaveLength(1);
    expect(told).toContain('Going on with the example group of the earlier start.');
  });

  it('asks for the same group again when the answer was lost', async () => {
    const origin = await house({ lostAnswers: 1 });
    await expect(run(origin)).resolves.toBe(exitCodes.notFinished);
    await expect(run(origin)).resolves.toBe(exitCodes.completed);
    expect(created).toHaveLength(2);
    expect(created[0]!.idempotencyKey).toMatch(/^[0-9a-f-]{36}$/);
    expect(created[1]).toEqual(created[0]);
  });

  it('needs a key when it costs money, and says so', async () => {
    const origin = await house();
    await expect(run(origin, { upstream: 'parallel' })).resolves.toBe(exitCodes.notFinished);
    expect(created).toEqual([]);
    expect(told.join()).toContain('PARALLEL_API_KEY');
  });

  it('prints its price before it is bought with the key, and caps it', async () => {
    await expect(run(await house(), { upstream: 'parallel', apiKey: 'mine' })).resolves.toBe(exitCodes.completed);
    expect(told[0]).toContain('costs about $0.12');
    expect(created).toMatchObject([{ key: 'mine', body: { max_cost_usd: 1 } }]);
  });

  it.each([
    [1.01, 'above the $1'],
    [null, 'price is not known'],
  ])('is not bought for %s dollars', async (costUsd, reason) => {
    await expect(run(await house({ costUsd }), { upstream: 'parallel', apiKey: 'mine' })).resolves.toBe(
      exitCodes.notFinished,
    );
    expect(created).toEqual([]);
    expect(told.join()).toContain(reason);
  });

  it('ends with "not finished" when it is stopped', async () => {
    const origin = await house({ gone: true });
    await expect(run(origin, { signal: AbortSignal.abort() })).resolves.toBe(exitCodes.notFinished);
  });
});
