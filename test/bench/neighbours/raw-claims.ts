import pg from 'pg';
import { latencies, workers, type Work } from '../load/worker.loop';
import { answerQuestions } from '../rig/worker';

/** The least code that hands out tasks safely: one table, `FOR UPDATE SKIP LOCKED`, one statement to claim and one to complete. */
const table = `create table if not exists raw_tasks (
  id bigint generated always as identity primary key, status text not null, priority int not null default 0,
  held_by text, held_until timestamptz, body json not null)`;
const index = `create index if not exists raw_tasks_ready on raw_tasks (priority desc, id) where status = 'ready'`;
const claim = `update raw_tasks set status = 'held', held_by = $1, held_until = now() + interval '30 s'
  where id in (select id from raw_tasks where status = 'ready' order by priority desc, id limit $2 for update skip locked)
  returning id, body`;
const complete = `update raw_tasks set status = 'done', held_until = null where id = any($1) and held_by = $2`;

let pool: pg.Pool;

answerQuestions({
  async open({ databaseUrl, finished }: { databaseUrl: string; finished: number }) {
    pool = new pg.Pool({ connectionString: databaseUrl, max: 10 });
    await pool.query(table);
    await pool.query(index);
    await pool.query(
      `insert into raw_tasks (status, body) select 'done', json_build_object('input', i) from generate_series(1, $1::int) i`,
      [finished],
    );
    await pool.query('analyze raw_tasks');
  },
  async fill({ tasks }: { tasks: number }) {
    await pool.query(
      `insert into raw_tasks (status, body) select 'ready', json_build_object('input', i) from generate_series(1, $1::int) i`,
      [tasks],
    );
  },
  work: (work: Work) =>
    workers(work, async (workerId) => {
      const startedAt = performance.now();
      const { rows } = await pool.query<{ id: string }>(claim, [workerId, work.batch]);
      latencies.push(performance.now() - startedAt);
      if (rows.length > 0) await pool.query(complete, [rows.map(({ id }) => id), workerId]);
      return rows.length;
    }),
});
