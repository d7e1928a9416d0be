import { join } from 'node:path';
import type { Benchmark } from './benchmark';
import { interleaved, quotients } from './measure/rounds';
import { percentile, spreadOf } from './measure/spread';
import { McpProcess, type Answer, type Claimed } from './rig/mcp.process';

/** Twice what the package that ours replaces gave: 1,120 runs made a second, 440 to 470 tasks claimed and completed. */
const runsToMake = 2 * 1_120;
const tasksToDo = 2 * 470;
const atOnce = 16;
/** Of each kind of call in a round, on the small and on the large run. */
const calls = 60;

/** The tools over stdio, beside a server that only echoes; and the same calls on a run of 100 tasks and on a large one. */
export const benchmark: Benchmark = {
  id: 'B10',
  title: 'MCP over stdio',
  async run(stage) {
    const folder = await stage.folder();
    const open = async (start: Promise<McpProcess>) => {
      const server = await start;
      stage.onClose(() => server.close());
      return server;
    };
    const [echo, memory, file, sized] = [
      await open(McpProcess.echo()),
      await open(McpProcess.ours(stage.root, ':memory:')),
      await open(McpProcess.ours(stage.root, join(folder, 'one.db'))),
      await open(McpProcess.ours(stage.root, ':memory:')),
    ];
    const { run: sample } = await memory.call('create_run', {});
    const many = stage.scale.of(100_000, 20_000);
    const large = await runOf(sized, many);
    stage.note(`a run of ${many} tasks is there`);

    const [some, fewer] = [stage.scale.of(800, 250), stage.scale.of(300, 80)];
    const making = (server: McpProcess, count: number) => () =>
      perSecond(count, 1, () => server.call('create_run', { metadata: { a: 1 } }));
    const cycles = (server: McpProcess, count: number) => async () => {
      const { run } = await server.call('create_run', {});
      await enqueue(server, run.id, count);
      return perSecond(count, atOnce, (i) => cycle(server, `worker ${i % atOnce}`));
    };
    const given = await interleaved(stage, {
      echo: () => perSecond(some, 1, () => echo.call('echo', { run: sample })),
      made: making(memory, some),
      echoAtOnce: () => perSecond(2 * some, atOnce, () => echo.call('echo', { run: sample })),
      done: cycles(memory, some),
      madeInFile: making(file, fewer),
      doneInFile: cycles(file, fewer),
      sizes: async () => compared(sized, await runOf(sized, 100), large),
    });
    const lockErrors = await fourProcesses(stage.root, join(folder, 'four.db'), stage.scale.of(400, 100));

    const ratio = (name: string, ours: readonly number[], limit: readonly number[], unit: string) => ({
      name,
      rounds: quotients(ours, limit),
      ours: spreadOf(ours),
      limit: spreadOf(limit),
      unit,
    });
    const bySize = (what: 'enqueue' | 'claim' | 'complete') => ({
      ...ratio(
        `${what} at ${many.toLocaleString('en')} tasks`,
        given.sizes.map((round) => round[what].large),
        given.sizes.map((round) => round[what].small),
        'ms',
      ),
      must: { atMost: 1.3 },
    });
    return {
      ratios: [
        ratio('create_run over echo', given.made, given.echo, 'calls/s'),
        ratio(
          'claim + complete over two echoes',
          given.done,
          given.echoAtOnce.map((calls) => calls / 2),
          'tasks/s',
        ),
        bySize('enqueue'),
        bySize('claim'),
        bySize('complete'),
      ],
      facts: [
        { name: 'create_run, one after the other', rounds: given.made, unit: '/s', must: { atLeast: runsToMake } },
        { name: `claim + complete, ${atOnce} at once`, rounds: given.done, unit: '/s', must: { atLeast: tasksToDo } },
        { name: 'create_run in a file, synced each', rounds: given.madeInFile, unit: '/s' },
        { name: `claim + complete in a file, ${atOnce} at once`, rounds: given.doneInFile, unit: '/s' },
        { name: 'errors of four processes on one file', rounds: [lockErrors], unit: '', must: { atMost: 0 } },
      ],
    };
  },
};

async function perSecond(count: number, lanes: number, call: (i: number) => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  let next = 0;
  const lane = async () => {
    for (let i = next++; i < count; i = next++) await call(i);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return count / ((performance.now() - startedAt) / 1_000);
}

async function enqueue(server: McpProcess, runId: string, count: number): Promise<void> {
  for (let left = count; left > 0; left -= 500) {
    const tasks = Array.from({ length: Math.min(500, left) }, () => ({ kind: runId }));
    await server.call('enqueue_tasks', { runId, tasks });
  }
}

async function runOf(server: McpProcess, tasks: number): Promise<string> {
  const { run } = await server.call('create_run', {});
  await enqueue(server, run.id, tasks);
  return run.id;
}

const claim = (server: McpProcess, workerId: string, kinds?: string[]): Promise<Answer> =>
  server.call('claim_next_task', { workerId, ...(kinds && { kinds }) });

const complete = (server: McpProcess, { task, lease }: Claimed): Promise<Answer> =>
  server.call('complete_task', {
    taskId: task.id,
    leaseId: lease.id,
    workerId: lease.workerId,
    output: { done: true },
  });

async function cycle(server: McpProcess, workerId: string): Promise<void> {
  const { claim: claimed } = await claim(server, workerId);
  await complete(server, claimed!);
}

interface Sizes {
  readonly small: number;
  readonly large: number;
}

/** The median time of each call, milliseconds, on either run in turn. */
async function compared(
  server: McpProcess,
  small: string,
  large: string,
): Promise<Record<'enqueue' | 'claim' | 'complete', Sizes>> {
  const times = { enqueue: [[], []], claim: [[], []], complete: [[], []] } as Record<string, [number[], number[]]>;
  const timed = async <T>(what: string, side: 0 | 1, call: () => Promise<T>): Promise<T> => {
    const startedAt = performance.now();
    const answer = await call();
    times[what]![side].push(performance.now() - startedAt);
    return answer;
  };
  for (let i = 0; i < 2 * calls; i++) {
    const side = i % 2 === 0 ? 0 : 1;
    const runId = side === 0 ? small : large;
    await timed('enqueue', side, () => server.call('enqueue_task', { runId, kind: runId }));
    const { claim: claimed } = await timed('claim', side, () => claim(server, 'w', [runId]));
    await timed('complete', side, () => complete(server, claimed!));
  }
  const medians = ([a, b]: [number[], number[]]): Sizes => ({ small: percentile(a, 0.5), large: percentile(b, 0.5) });
  return { enqueue: medians(times.enqueue!), claim: medians(times.claim!), complete: medians(times.complete!) };
}

/** As many tasks for each of four servers on one file; answers how many calls were refused. */
async function fourProcesses(root: string, database: string, tasksEach: number): Promise<number> {
  const servers = await Promise.all(Array.from({ length: 4 }, () => McpProcess.ours(root, database)));
  let refused = 0;
  const noted = <T>(call: Promise<T>): Promise<T | undefined> =>
    call.catch((error: unknown) => {
      refused++;
      process.stderr.write(`${String(error)}\n`);
      return undefined;
    });
  await Promise.all(
    servers.map(async (server, worker) => {
      const made = await noted(server.call('create_run', {}));
      if (made) await noted(enqueue(server, made.run.id, tasksEach));
      await perSecond(tasksEach, 4, async () => {
        const claimed = await noted(claim(server, `worker ${worker}`));
        if (claimed?.claim) await noted(complete(server, claimed.claim));
      });
    }),
  );
  await Promise.all(servers.map((server) => server.close()));
  return refused;
}
