import { freePort } from '@multitask/local-infrastructure';
import { eventually } from '@multitask/testing';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ledgerSummary, purchases } from './emulator.ledger';
import { startStandalone, type Standalone } from './standalone.process';
import { cityRows, citySchema, createGroup, finished, readResult } from './task-group.client';
import { startWebhookSink, type WebhookSink } from './webhook.sink';

const services = [
  'api-gateway',
  'stream-ingestor',
  'projector',
  'results-gateway',
  'orchestrator',
  'notifier',
  'parallel-emulator',
] as const;
const rows = 200;
/** All but the first rows end when the emulator's clock is told to, so that every kill comes in the middle of the group. */
const stalled = { skip: 40, seconds: 3_600 };

describe('each service is killed once in the middle of a group of 200 rows', () => {
  let house: Standalone;
  let sink: WebhookSink;

  beforeAll(async () => {
    sink = await startWebhookSink();
    house = await startStandalone({
      emulatorPort: await freePort(),
      args: ['--processes', '--allow-private-urls', '--emulator-speed', '30'],
    });
  }, 300_000);
  afterAll(async () => {
    await house?.stop();
    await sink?.close();
  });

  const tellEmulator = async (path: string, body: object) => {
    const init = { method: 'PUT', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
    const answer = await fetch(`${house.emulator}/_emulator/${path}`, init);
    if (!answer.ok) throw new Error(`${path} answered ${answer.status}`);
    return answer;
  };
  const pidOf = async (service: string) =>
    Number(await readFile(join(house.dataDir, 'pids', `${service}.pid`), 'utf8'));

  test.each(services)(
    'kill -9 of %s: the group ends whole, no row is bought twice, the webhook comes under one id',
    async (service) => {
      // Whoever was killed last may be starting yet.
      await eventually(async () => (await fetch(`${house.origin}/llms.txt`)).ok, { timeoutMs: 60_000 });
      await tellEmulator('faults', { faults: [{ kind: 'stall_runs', ...stalled }] });
      const { url, taskgroup_id } = await createGroup(house.origin, {
        inputs: cityRows(rows),
        output_type: 'json',
        output_schema: citySchema,
        processor: 'lite',
        webhook_url: sink.url,
      });
      const completed = async () => (await readResult(url)).status.task_run_status_counts.completed ?? 0;
      await eventually(async () => (await completed()) > 0, { timeoutMs: 60_000 });
      const killed = await pidOf(service);
      process.kill(killed, 'SIGKILL');
      await eventually(async () => (await pidOf(service)) !== killed, { timeoutMs: 60_000 });
      const since = await eventually(() => readResult(url), { timeoutMs: 60_000 });
      expect(since.status.is_active).toBe(true);
      await eventually(() => tellEmulator('faults', { faults: [] }), { timeoutMs: 60_000 });
      await tellEmulator('clock', { advance_seconds: stalled.seconds });

      const result = await finished(url, 240_000);
      expect(result.results).toHaveLength(rows);
      expect(result.status.task_run_status_counts).toEqual({ completed: rows });
      expect(result.results.map((row) => row.number)).toEqual(cityRows(rows).map((row) => row.number));

      const summary = await ledgerSummary(house.emulator, taskgroup_id);
      expect(purchases(summary)).toEqual(new Array(rows).fill(1));

      await eventually(() => sink.deliveriesFor(taskgroup_id).length > 0, { timeoutMs: 60_000 });
      const deliveries = sink.deliveriesFor(taskgroup_id);
      expect(new Set(deliveries.map((delivery) => delivery.id))).toEqual(new Set([`${taskgroup_id}.1`]));
      expect(deliveries.every((delivery) => delivery.groupWasDone)).toBe(true);
    },
    300_000,
  );
});
