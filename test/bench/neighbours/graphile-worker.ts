import { Logger, run, runMigrations, type Runner } from 'graphile-worker';
import pg from 'pg';
import { answerQuestions } from '../rig/worker';

/** graphile-worker as its documentation has it: by default, and with what it calls its fast path. */
const fastPath = { localQueue: { size: 500 }, completeJobBatchDelay: 0, failJobBatchDelay: 0 };
const quiet = new Logger(() => () => undefined);

let pool: pg.Pool;
let runner: Runner;
let done = 0;
let awaited: { tasks: number; end: () => void } | undefined;

const taskList = {
  work: () => {
    done++;
    if (awaited && done >= awaited.tasks) awaited.end();
  },
};

answerQuestions({
  async open({ databaseUrl, fast }: { databaseUrl: string; fast: boolean }) {
    const connectionString = databaseUrl;
    pool = new pg.Pool({ connectionString, max: 2 });
    await runMigrations({ connectionString, logger: quiet });
    runner = await run({
      connectionString,
      concurrency: 8,
      noHandleSignals: true,
      taskList,
      logger: quiet,
      ...(fast && { preset: { worker: { concurrentJobs: 8, ...fastPath } } }),
    });
  },
  /** All jobs become visible at once; from then until the last is done. */
  async work({ tasks }: { tasks: number }) {
    done = 0;
    const ended = new Promise<void>((end) => (awaited = { tasks, end }));
    await pool.query(
      `select count(*) from (select graphile_worker.add_job('work', json_build_object('input', i)) from generate_series(1, $1::int) i) jobs`,
      [tasks],
    );
    const startedAt = performance.now();
    await ended;
    return { perSecond: tasks / ((performance.now() - startedAt) / 1_000) };
  },
  async close() {
    await runner.stop();
    await pool.end();
  },
});
