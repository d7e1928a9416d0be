import { randomUUID } from 'node:crypto';
import { OrchestrationEngine } from '@multitask/orchestration';
import { migrateOrchestration, PostgresOrchestrationStore } from '@multitask/orchestration-postgres';
import { sql } from 'kysely';
import { answerQuestions } from '../rig/worker';
import { latencies, workers, type Work } from './worker.loop';

/** Our engine over Postgres with workers in the same process, as `runWorker` has them and as a replica of the service serves them. */
let engine: OrchestrationEngine;
let store: PostgresOrchestrationStore;

answerQuestions({
  async open({ databaseUrl, finished }: { databaseUrl: string; finished: number }) {
    store = new PostgresOrchestrationStore({ url: databaseUrl });
    await migrateOrchestration(store.db);
    engine = new OrchestrationEngine({
      store,
      newId: (kind) => `${kind}_${randomUUID().replaceAll('-', '')}`,
      digest: (text) => text,
    });
    const { id } = await engine.runs.create({});
    const [sample] = await engine.tasks.enqueue(id, [{ kind: 'old' }]);
    const body = JSON.stringify({ ...sample, status: 'completed', input: { input: 0 } });
    await sql`
      insert into orchestration.tasks (id, run_id, namespace, kind, status, dead, priority, place, turn, body)
      select 'old_' || i, ${id}, 'default', 'old', 'completed', false, 0, 0, 0, ${body}::json
      from generate_series(1, ${finished}::int) i`.execute(store.db);
    await sql`analyze orchestration.tasks`.execute(store.db);
    await engine.runs.cancel(id);
  },
  /** Tasks of one run, or spread over several. */
  async fill({ tasks, runs = 1 }: { tasks: number; runs?: number }) {
    for (let run = 0; run < runs; run++) {
      const { id } = await engine.runs.create({});
      const orders = Array.from({ length: tasks / runs }, (_, input) => ({ kind: 'work', input: { input } }));
      for (let from = 0; from < orders.length; from += 500)
        await engine.tasks.enqueue(id, orders.slice(from, from + 500));
    }
    await engine.sweep.run();
  },
  work: (work: Work) =>
    workers(work, async (workerId) => {
      const startedAt = performance.now();
      const claims = await engine.claims.claim({ workerId, leaseMs: 30_000, limit: work.batch });
      latencies.push(performance.now() - startedAt);
      await Promise.all(
        claims.map(({ task, lease }) => engine.attempts.complete({ taskId: task.id, leaseId: lease.id, workerId })),
      );
      return claims.length;
    }),
});
