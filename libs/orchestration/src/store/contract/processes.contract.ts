import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import type { OrchestrationStore } from '../orchestration.store';
import { engineOver } from './store.scenario.contract';

const workers = 4;
const tasksEach = 100;

/** What each process does, over `STORE`: enqueue into one run, then work until that run has ended. It says what went wrong. */
const script = `
const { OrchestrationEngine } = require('@multitask/orchestration');
const { randomUUID } = require('node:crypto');
const { setTimeout: sleep } = require('node:timers/promises');
const workerId = randomUUID();
const engine = new OrchestrationEngine({ store: STORE, newId: (kind) => kind + randomUUID(), digest: (text) => text });
const errors = [];
// A worker that is held up for longer than its lease is told so; that is no fault of the store.
const late = ['LeaseExpiredError', 'LeaseConflictError'];
const tried = async (work) => {
  try { return await work(); } catch (error) { if (!late.includes(error.name)) errors.push(String(error)); }
};
(async () => {
  for (let i = 0; i < ${tasksEach / 5}; i++)
    await tried(() => engine.tasks.enqueue('run', Array.from({ length: 5 }, () => ({ kind: 'k' }))));
  console.log('enqueued');
  for (;;) {
    const claims = (await tried(() => engine.claims.claim({ workerId, leaseMs: 2_000, limit: 3 }))) ?? [];
    if (claims.length > 0) console.log('claimed');
    for (const { task, lease } of claims)
      await tried(() => engine.attempts.complete({ taskId: task.id, leaseId: lease.id, workerId }));
    if (claims.length > 0) continue;
    await tried(() => engine.sweep.run());
    const run = await tried(() => engine.queries.run('run'));
    if (run?.sealed && run.status === 'completed') break;
    await sleep(20);
  }
  console.log(JSON.stringify(errors));
  process.exit(0);
})();
`;

/** `expression` is code that makes the store in another process; `open` opens the same one here. */
export function describeProcesses(
  name: string,
  expression: () => string,
  open: () => Promise<OrchestrationStore>,
): void {
  it(`(7) ${name}: ${workers} processes, one of them killed, work off ${workers * tasksEach} tasks without one error`, async () => {
    const store = await open();
    const engine = engineOver(store, (kind) => `${kind} ${Math.random()}`);
    await engine.runs.create({ id: 'run' });
    const children = Array.from({ length: workers }, () => child(script.replace('STORE', expression())));
    try {
      await Promise.all(children.map(({ said }) => said('enqueued')));
      await children[0]!.said('claimed');
      children[0]!.process.kill('SIGKILL');
      await engine.runs.seal('run');
      const results = await Promise.all(children.slice(1).map(({ end }) => end));
      expect(results).toEqual(results.map(() => ({ code: 0, errors: '[]', stderr: '' })));
      await engine.sweep.run();
      const run = (await engine.queries.run('run'))!;
      expect([run.status, run.counts]).toEqual(['completed', { completed: workers * tasksEach }]);
    } finally {
      for (const { process: one } of children) one.kill('SIGKILL');
      await store.close();
    }
  }, 120_000);
}

function child(code: string) {
  const started: ChildProcess = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', '-e', code], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines: string[] = [];
  const reader = createInterface({ input: started.stdout! }).on('line', (line) => lines.push(line));
  const stderr = text(started.stderr!);
  const exited = once(started, 'exit') as Promise<[number | null]>;
  const said = async (word: string) => {
    const over = exited.then(async () => Promise.reject(new Error(`It ended without "${word}": ${await stderr}`)));
    over.catch(() => undefined);
    while (!lines.includes(word)) await Promise.race([once(reader, 'line'), over]);
  };
  const end = Promise.all([exited, once(reader, 'close')]).then(async ([[code_]]) => ({
    code: code_,
    errors: lines.at(-1),
    stderr: await stderr,
  }));
  return { process: started, said, end };
}
