import { randomUUID } from 'node:crypto';
import { isRunId, isTaskGroupId, settledStatuses, type TaskRunOutput } from '@multitask/contracts';
import { parallelEmulator } from '@multitask/parallel-emulator';
import { startService, type RunningService } from '@multitask/platform';
import { MemoryPacer } from './pacing/memory.pacer';
import { defaultBudgets } from './pacing/pacer';
import type { ParallelClient } from './parallel.client';
import { Upstream } from './upstream';

/** What we rely on, of whatever answers: the emulator always, the real API where a key is given. It buys two `lite` runs. */
function contract(open: () => Promise<{ baseUrl: string; key: string }>, timeoutMs: number): void {
  let upstream: Upstream;
  let client: ParallelClient;
  beforeAll(async () => {
    const { baseUrl, key } = await open();
    upstream = new Upstream({ baseUrl, pacer: new MemoryPacer(defaultBudgets) });
    client = upstream.clientFor({ reveal: () => key });
  });
  afterAll(() => upstream.close());

  const row = (key: string, country: string, processor = 'lite') => ({
    input: { country },
    processor,
    metadata: { multitask_row: key },
  });
  const spec = {
    output_schema: {
      type: 'json',
      json_schema: {
        type: 'object',
        properties: { capital: { type: 'string', description: 'Capital city of the country' } },
        required: ['capital'],
        additionalProperties: false,
      },
    },
  };

  it(
    'a group is made, bought into, followed and read to its end',
    async () => {
      const { taskgroupId } = await client.createGroup();
      expect(isTaskGroupId(taskgroupId)).toBe(true);
      expect(await client.getGroup(taskgroupId)).toMatchObject({ num_task_runs: 0 });

      const inputs = [row('0.1', 'France'), row('1.1', 'Peru')];
      const outcome = await client.addRuns(taskgroupId, { inputs, defaultTaskSpec: spec, abortAfterMs: 30_000 });
      if (outcome.kind !== 'added') throw new Error(JSON.stringify(outcome));
      expect(outcome.runIds).toHaveLength(2);
      expect(outcome.runIds.every(isRunId)).toBe(true);

      const outputs = new Map<string, TaskRunOutput>();
      const settled = new Set<string>();
      let cursor: string | undefined;
      while (settled.size < 2) {
        for await (const frame of client.groupEvents(taskgroupId, { cursor })) {
          cursor = frame.cursor ?? cursor;
          if (frame.kind !== 'run' || !settledStatuses.includes(frame.run.status)) continue;
          settled.add(frame.run.run_id);
          if (frame.output) outputs.set(String(frame.run.metadata?.multitask_row), frame.output);
        }
        // What the stream did not tell, the list does.
        for await (const frame of client.listRuns(taskgroupId, { includeOutput: true })) {
          if (frame.kind !== 'run') continue;
          expect(outcome.runIds).toContain(frame.run.run_id);
          expect(['0.1', '1.1']).toContain(frame.run.metadata?.multitask_row);
          if (settledStatuses.includes(frame.run.status)) settled.add(frame.run.run_id);
          if (frame.output) outputs.set(String(frame.run.metadata?.multitask_row), frame.output);
        }
      }
      expect([...settled].sort()).toEqual([...outcome.runIds].sort());
      expect([...outputs.keys()].sort()).toEqual(['0.1', '1.1']);
      for (const output of outputs.values()) expect(output).toMatchObject({ type: 'json' });
      expect(JSON.stringify(outputs.get('0.1')?.content)).toContain('Paris');

      expect(await client.getGroup(taskgroupId)).toMatchObject({ num_task_runs: 2, is_active: false });
      const { run, output } = await client.getResult(outcome.runIds[0]!);
      expect(run).toMatchObject({ run_id: outcome.runIds[0], status: 'completed' });
      expect(output?.content).toEqual(outputs.get(String(run.metadata?.multitask_row))?.content);
      expect(await client.getRun(outcome.runIds[1]!)).toMatchObject({ status: 'completed', processor: 'lite' });
    },
    timeoutMs,
  );

  it('a processor that does not exist is refused, and nothing is bought', async () => {
    const { taskgroupId } = await client.createGroup();
    const inputs = [row('0.1', 'France', 'no-such-processor')];
    const outcome = await client.addRuns(taskgroupId, { inputs, defaultTaskSpec: spec, abortAfterMs: 30_000 });
    expect(outcome).toMatchObject({ kind: 'refused', message: expect.any(String) });
    expect([403, 422]).toContain(outcome.kind === 'refused' && outcome.status);
    expect(await client.getGroup(taskgroupId)).toMatchObject({ num_task_runs: 0 });
  });

  it('a group that does not exist is not found, by question and by stream', async () => {
    const unknown = `tgrp_${randomUUID().replaceAll('-', '')}`;
    await expect(client.getGroup(unknown)).rejects.toMatchObject({ name: 'UpstreamError', kind: 'not_found' });
    await expect(client.listRuns(unknown).next()).rejects.toMatchObject({ kind: 'not_found' });
    await expect(client.groupEvents(unknown).next()).rejects.toMatchObject({ kind: 'not_found' });
  });

  it('a task is suggested for words, and a processor for a task', async () => {
    const task = await client.suggest('Find the capital and the population of each country');
    expect(task.output_schema).toMatchObject({ type: 'object', properties: expect.any(Object) });
    const choices = ['base', 'core', 'pro'];
    const processors = await client.suggestProcessor({ output_schema: task.output_schema! }, choices);
    expect(Array.isArray(processors)).toBe(true);
    for (const processor of processors) expect(typeof processor).toBe('string');
  });
}

describe('the Task API of the emulator', () => {
  let emulator: RunningService;
  afterAll(() => emulator.close());
  contract(async () => {
    emulator = await startService(
      parallelEmulator,
      { LOG_LEVEL: 'silent', EMULATOR_SPEED: '600' },
      { processMetrics: false },
    );
    return { baseUrl: `http://127.0.0.1:${emulator.port}`, key: 'emulator' };
  }, 30_000);
});

const realKey = process.env.PARALLEL_API_KEY;
if (realKey) {
  describe('the Task API of Parallel', () => {
    contract(
      async () => ({ baseUrl: process.env.PARALLEL_BASE_URL ?? 'https://api.parallel.ai', key: realKey }),
      600_000,
    );

    it('does not know a key that is none', async () => {
      const upstream = new Upstream({ baseUrl: 'https://api.parallel.ai', pacer: new MemoryPacer(defaultBudgets) });
      const stranger = upstream.clientFor({ reveal: () => 'not-a-key' });
      await expect(stranger.createGroup()).rejects.toMatchObject({ kind: 'key_refused' });
      await upstream.close();
    });
  });
} else
  process.stderr.write(
    '\nNOT RUN: the contract test against the real Parallel API. Set PARALLEL_API_KEY to run it; it buys two lite runs ($0.01).\n\n',
  );
