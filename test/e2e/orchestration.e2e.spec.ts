import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from '@multitask/local-infrastructure';
import { startStandalone, type Standalone } from './standalone.process';
import { pidsOf } from './start.process';

const run = promisify(execFile);
const examples = resolve(__dirname, '../../docs/examples/orchestration');
const ORCHESTRATION_TOKEN = 'a-token-of-the-namespace-demo';

let house: Standalone;
beforeAll(async () => {
  house = await startStandalone({
    args: ['--replicas', 'orchestrator=2'],
    env: { ORCHESTRATION_TOKENS: `demo=${ORCHESTRATION_TOKEN}`, OPERATOR_TOKEN: 'the-operator-of-the-test' },
    emulatorPort: await freePort(),
  });
});
afterAll(() => house?.stop());

/** Until it is answered: a replica that was just killed costs its callers a repetition. */
async function call(operation: string, input: object): Promise<any> {
  for (;;) {
    const answer = await fetch(`${house.origin}/v1/orchestration/${operation}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${ORCHESTRATION_TOKEN}`, 'content-type': 'application/json' },
      body: JSON.stringify(input),
    });
    const body = (await answer.json()) as { retryable?: boolean };
    if (answer.ok) return body;
    if (!body.retryable) throw new Error(JSON.stringify(body));
  }
}

describe('orchestration over REST', () => {
  it('docs/examples/orchestration: a run from the shell, worked off by two workers', async () => {
    const env = { ...process.env, MULTITASK_URL: house.origin, ORCHESTRATION_TOKEN };
    const { stdout } = await run('sh', [`${examples}/run.sh`], { env });
    const runId = stdout.trim();
    const work = () => run(process.execPath, [`${examples}/worker.mjs`, runId], { env });
    const lines = (await Promise.all([work(), work()])).flatMap(({ stdout: text }) => text.trim().split('\n'));
    expect(lines.filter(Boolean).sort()).toEqual([
      'fetch {"country":"France"}',
      'fetch {"country":"Japan"}',
      'report {"countries":2}',
    ]);
  });

  it('20 dependent tasks reach their end with three workers over the kill of a replica', async () => {
    const { run: made } = await call('create_run', { idempotencyKey: 'twenty' });
    const tasks = Array.from({ length: 20 }, (_, i) => ({
      kind: 'step',
      key: `step ${i}`,
      // Three chains that meet in the last step.
      dependsOnKeys: i === 19 ? ['step 16', 'step 17', 'step 18'] : i < 3 ? [] : [`step ${i - 3}`],
    }));
    await call('enqueue_tasks', { runId: made.id, tasks, idempotencyKey: 'twenty' });
    await call('seal_run', { runId: made.id });
    const done: string[] = [];
    const worker = async (workerId: string) => {
      for (let claims = 0; done.length < 20; claims++) {
        // A token, so that a claim whose answer was lost is given again.
        const clientToken = `${workerId} ${claims}`;
        const { claim } = await call('claim_next_task', { workerId, kinds: ['step'], waitMs: 1_000, clientToken });
        if (!claim) continue;
        const held = { taskId: claim.task.id, leaseId: claim.lease.id, workerId };
        await call('complete_task', { ...held, output: workerId, clientToken });
        done.push(claim.task.key);
        if (done.length === 8) process.kill((await pidsOf(house.dataDir))['orchestrator']!, 'SIGKILL');
      }
    };
    await Promise.all(['a', 'b', 'c'].map(worker));
    expect(new Set(done).size).toBe(20);
    expect(done.at(-1)).toBe('step 19');
    const seen: any[] = [];
    for (let cursor = 0; seen.at(-1)?.data.to !== 'completed';) {
      const part = await call('wait_run', { runId: made.id, cursor, timeoutMs: 5_000 });
      seen.push(...part.events);
      cursor = part.cursor;
    }
    expect(seen.filter(({ type }) => type === 'task.completed')).toHaveLength(20);
    expect((await call('get_run', { runId: made.id })).run.status).toBe('completed');
  });
});
