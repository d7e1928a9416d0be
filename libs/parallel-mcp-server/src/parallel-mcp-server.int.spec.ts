import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { operations } from '@multitask/orchestration-operations';
import { createTestDatabase } from '@multitask/testing';
import {
  createParallelMcpHttpServer,
  createParallelMcpServer,
  ParallelMcpOrchestrator,
  runWorker,
  SqliteParallelMcpStore,
} from './index';
import { toolNames } from './orchestrator';
import { McpClient } from './testing/mcp.client';

const folder = mkdtempSync(join(tmpdir(), 'parallel-mcp-'));
afterAll(() => rmSync(folder, { recursive: true }));
const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});
let files = 0;
const newFile = () => join(folder, `${++files}.db`);

const bin = join(__dirname, '../bin/parallel-mcp-server.cjs');
const stdio = async (db: string) => {
  const client = await McpClient.stdio(process.execPath, [bin], { PARALLEL_MCP_DB: db });
  closing.push(() => client.close());
  return client;
};
const http = async (db: string) => {
  const handle = createParallelMcpHttpServer({ storeOptions: { filename: db }, port: 0, authToken: 'secret' });
  const { url } = await handle.listen();
  closing.push(() => handle.close());
  return url;
};

/** 50 tasks: ten chains of four, and ten that each wait for the ends of two chains. */
const tasks = [
  ...Array.from({ length: 40 }, (_, i) => ({
    kind: 'link',
    key: `link ${i}`,
    ...(i >= 10 && { dependsOnKeys: [`link ${i - 10}`] }),
  })),
  ...Array.from({ length: 10 }, (_, i) => ({
    kind: 'knot',
    key: `knot ${i}`,
    dependsOnKeys: [`link ${30 + i}`, `link ${30 + ((i + 1) % 10)}`],
  })),
];

/** Until the run has ended. `beforeCompleting` may never come back: that worker is dead then. */
async function work(
  client: McpClient,
  workerId: string,
  beforeCompleting: () => Promise<void> = async () => undefined,
) {
  for (;;) {
    const { claim } = await client.call('claim_next_task', { workerId, leaseMs: 2_000, waitMs: 200 });
    if (claim) {
      await beforeCompleting();
      const by = { taskId: claim.task.id, leaseId: claim.lease.id, workerId };
      const { isError, content } = await client.result('complete_task', { ...by, output: workerId });
      // Whoever was held up for longer than its lease is told so, and somebody else has the task.
      if (isError) expect(JSON.stringify(content)).toMatch(/Lease(Expired|Conflict)Error/);
      continue;
    }
    const { runs } = await client.call('list_runs', { statuses: ['pending', 'active'] });
    if (runs.length === 0) return;
  }
}

/** Five workers, of which one dies with a task in hand. */
async function story(boss: McpClient, workers: McpClient[]) {
  const { run } = await boss.call('create_run', { context: { goal: 'knots' } });
  await boss.call('enqueue_tasks', { runId: run.id, tasks });
  await boss.call('seal_run', { runId: run.id });
  const [doomed, ...others] = workers;
  let done = 0;
  const died = work(doomed!, 'doomed', async () => {
    if (++done < 4) return;
    doomed!.kill();
    await doomed!.close();
  }).catch(() => 'dead');
  await Promise.all(others.map((client, i) => work(client, `worker ${i}`)));
  expect(await died).toBe('dead');
  const { run: ended } = await boss.call('get_run', { runId: run.id });
  expect(ended.status).toBe('completed');
  const events: { type: string; taskId: string | null; data: { workerId?: string } }[] = [];
  for (let cursor: string | null = '0'; cursor !== null;) {
    const part: any = await boss.call('list_run_events', { runId: run.id, cursor, limit: 100 });
    events.push(...part.events);
    cursor = part.nextCursor;
  }
  return events;
}

const of = (events: { type: string }[], type: string) => events.filter((event) => event.type === type).length;

describe('a run of 50 dependent tasks with 5 workers, one of them killed half-way', () => {
  it('comes to its end over stdio, five processes on one file, and the events tell the story', async () => {
    const db = newFile();
    const boss = await stdio(db);
    const workers = await Promise.all(Array.from({ length: 5 }, () => stdio(db)));
    const events = await story(boss, workers);
    expect(of(events, 'task.completed')).toBe(50);
    const lost = events.find(({ type, data }) => type === 'task.lease_expired' && data.workerId === 'doomed');
    const ends = events.filter(({ type, taskId }) => type === 'task.completed' && taskId === lost!.taskId);
    expect(ends.map(({ data }) => data.workerId)).not.toContain('doomed');
    expect(ends).toHaveLength(1);
  });

  it('comes to its end over HTTP', async () => {
    const url = await http(newFile());
    const clients = await Promise.all(Array.from({ length: 6 }, () => McpClient.http(url, 'secret')));
    closing.push(() => Promise.all(clients.map((client) => client.close())));
    const events = await story(clients[0]!, clients.slice(1));
    expect(of(events, 'task.completed')).toBe(50);
    expect(of(events, 'task.lease_expired')).toBeGreaterThanOrEqual(1);
  });
});

describe('over the wire', () => {
  it('every tool is listed with its schemas and hints, and a refusal names what is wrong', async () => {
    const client = await stdio(':memory:');
    const { tools } = await client.client.listTools();
    expect(tools.map(({ name }) => name)).toEqual(operations.map(({ name }) => name).sort());
    expect(Buffer.byteLength(JSON.stringify(tools))).toBeLessThan(40_000);
    for (const { inputSchema, outputSchema, annotations, description } of tools)
      expect({ inputSchema, outputSchema, annotations, description }).toMatchObject({
        inputSchema: { type: 'object', additionalProperties: false },
        outputSchema: { type: 'object', required: expect.any(Array) },
        annotations: { title: expect.any(String), readOnlyHint: expect.any(Boolean) },
      });
    const refused = await client.result('get_run', { runID: 'x' });
    expect(refused).toMatchObject({ isError: true, _meta: { error: { code: 'ValidationError' } } });
    await expect(client.result('no_such_tool', {})).rejects.toMatchObject({ code: -32_602 });
    const { run } = await client.call('create_run', {});
    const { task } = await client.call('enqueue_task', { runId: run.id, kind: 'a', key: 'k' });
    const again = await client.result('enqueue_task', { runId: run.id, kind: 'a', key: 'k' });
    expect(again._meta).toEqual({ error: { code: 'DuplicateTaskKeyError', field: 'key' } });
    const late = await client.result('complete_task', { taskId: task.id, leaseId: 'l', workerId: 'w' });
    expect(JSON.stringify(late.content)).toContain('LeaseConflictError: ');
  });

  it('a server on Postgres makes its tables and works', async () => {
    await using database = await createTestDatabase({ empty: true });
    const client = await stdio(database.url);
    const { run } = await client.call('create_run', { metadata: { a: 1 } });
    expect((await client.call('get_run', { runId: run.id })).run).toEqual(run);
    await client.close();
  });

  it('what the store says is not told: a file that is no database is a fault in one line', () => {
    const { status, stderr } = spawnSync(process.execPath, [bin], {
      env: { PARALLEL_MCP_DB: __filename },
      encoding: 'utf8',
    });
    expect([status, stderr.trim().split('\n')]).toEqual([1, [expect.stringMatching(/^parallel-mcp-server: /)]]);
  });
});

describe('in one process', () => {
  it('an orchestrator has a method for each tool', () => {
    expect([...toolNames].sort()).toEqual(operations.map(({ name }) => name).sort());
  });

  it('a store is shared by servers, workers and code', async () => {
    const store = new SqliteParallelMcpStore();
    const orchestrator = new ParallelMcpOrchestrator(store, { defaultLeaseMs: 5_000 });
    const server = createParallelMcpHttpServer({ orchestrator, port: 0 });
    const { url } = await server.listen();
    const client = await McpClient.http(url);
    closing.push(
      () => store.close(),
      () => orchestrator.close(),
      () => server.close(),
      () => client.close(),
    );
    const leases: number[] = [];
    const worker = runWorker({
      orchestrator,
      handler: ({ task }) => {
        leases.push(task.lease!.lengthMs);
        return { output: task.input };
      },
    });
    closing.push(() => worker.stop());
    const { run } = (await orchestrator.createRun()) as { run: { id: string } };
    await client.call('enqueue_task', { runId: run.id, kind: 'a', input: 7 });
    await client.call('seal_run', { runId: run.id });
    for (let cursor = 0, status = ''; status !== 'completed';)
      ({
        cursor,
        run: { status },
      } = await client.call('wait_run', { runId: run.id, cursor }));
    const { tasks: done } = (await orchestrator.listRunTasks({ runId: run.id })) as { tasks: { output: number }[] };
    expect([done[0]!.output, leases]).toEqual([7, [5_000]]);
    await expect(orchestrator.getRun({})).rejects.toMatchObject({ name: 'ValidationError', field: 'runId' });
  });

  it('a server that made its store closes it', async () => {
    const handle = createParallelMcpServer();
    await handle.close();
    await expect(handle.orchestrator.perform('create_run', {})).rejects.toThrow();
  });
});
