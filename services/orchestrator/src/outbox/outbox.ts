import type { OrchestrationEventType } from '@multitask/orchestration';
import { Client } from 'pg';

/** An event on its way out. */
export interface OutboxEvent {
  readonly id: number;
  readonly runId: string;
  /** Counted within the run, in the order of publishing; the same however often it is published. */
  readonly number: number;
  readonly namespace: string | null;
  readonly taskId: string | null;
  readonly type: OrchestrationEventType;
  readonly data: object;
  readonly createdAt: Date;
}

/** Any number, as long as it is always the same and nobody else's. */
const relayLock = 7_041_778;

const statementTimeoutMs = 30_000;
/** A holder that falls silent, frozen or cut off, loses the lock with its connection; it looks for work each second. */
const silenceMs = 30_000;

/** Beside the engine's own tables; `relayed_runs` outlives the events it has counted. */
const tables = [
  'create schema if not exists orchestration',
  `create table if not exists orchestration.relayed_runs (run_id text primary key, last_number bigint not null)`,
  `create table if not exists orchestration.outbox (
     event_id bigint primary key, run_id text not null, number bigint not null)`,
];

interface Row {
  readonly id: string;
  readonly run_id: string;
  readonly number: string;
  readonly namespace: string | null;
  readonly task_id: string | null;
  readonly type: OrchestrationEventType;
  readonly data: object;
  readonly at: Date;
}

const shown = `e.id, o.run_id, o.number, e.task_id, e.type, e.data, e.at,
  coalesce((select r.namespace from orchestration.runs r where r.id = e.run_id), e.data ->> 'namespace') as namespace`;

/**
 * Events that are committed and not published yet, over one connection that holds the lock of the only relay: whoever loses
 * the connection can neither number nor mark anything any more.
 */
export class Outbox {
  private constructor(private readonly client: Client) {}

  static async open(url: string, applicationName: string): Promise<Outbox> {
    const client = new Client({
      connectionString: url,
      application_name: `${applicationName}-relay`,
      statement_timeout: statementTimeoutMs,
      keepAlive: true,
    });
    // A connection that the server closes must not end the process; the next statement fails.
    client.on('error', () => undefined);
    const outbox = new Outbox(client);
    try {
      await client.connect();
      await client.query("select set_config('idle_session_timeout', $1, false)", [String(silenceMs)]);
      await client.query('set tcp_keepalives_idle = 10');
      await client.query('set tcp_keepalives_interval = 5');
      await client.query('set tcp_keepalives_count = 3');
      return outbox;
    } catch (error) {
      await outbox.close();
      throw error;
    }
  }

  /** False while another relay is at work. */
  async lead(): Promise<boolean> {
    const { rows } = await this.client.query<{ leads: boolean }>('select pg_try_advisory_lock($1) as leads', [
      relayLock,
    ]);
    if (!rows[0]?.leads) return false;
    for (const statement of tables) await this.client.query(statement);
    // What was numbered and then pruned with its run before it went out.
    await this.client.query(
      'delete from orchestration.outbox o where not exists (select from orchestration.events e where e.id = o.event_id)',
    );
    return true;
  }

  /**
   * The next events, in the order of their runs. Numbers are kept before anything is published: whoever repeats this after a death
   * publishes the same, even if an event with a lower id was committed meanwhile; that one comes after.
   */
  async next(limit: number): Promise<OutboxEvent[]> {
    const left = await this.client.query<Row>(
      `select ${shown} from orchestration.outbox o join orchestration.events e on e.id = o.event_id
       order by o.run_id, o.number limit $1`,
      [limit],
    );
    if (left.rows.length > 0) return left.rows.map(eventOf);
    const numbered = await this.client.query<Row>(
      `with fresh as materialized (
         select id, run_id, row_number() over (partition by run_id order by id) as place
         from (select id, run_id from orchestration.events where published_at is null order by id limit $1) oldest),
       runs as (select run_id, max(place) as count from fresh group by run_id),
       counted as (
         insert into orchestration.relayed_runs as r (run_id, last_number) select run_id, count from runs
         on conflict (run_id) do update set last_number = r.last_number + excluded.last_number
         returning run_id, last_number),
       o as (
         insert into orchestration.outbox (event_id, run_id, number)
         select f.id, f.run_id, c.last_number - r.count + f.place
         from fresh f join runs r using (run_id) join counted c using (run_id)
         returning event_id, run_id, number)
       select ${shown} from o join orchestration.events e on e.id = o.event_id order by o.run_id, o.number`,
      [limit],
    );
    return numbered.rows.map(eventOf);
  }

  /** They are stored where they went. */
  async mark(ids: readonly number[]): Promise<void> {
    if (ids.length === 0) return;
    await this.client.query(
      `with gone as (delete from orchestration.outbox where event_id = any($1::bigint[]))
       update orchestration.events set published_at = clock_timestamp() where id = any($1::bigint[])`,
      [ids],
    );
  }

  /** Runs that are gone with all their events, tombstone included, need no count any more. */
  async forget(): Promise<void> {
    await this.client.query(
      `delete from orchestration.relayed_runs c
       where not exists (select from orchestration.events e where e.run_id = c.run_id)
         and not exists (select from orchestration.runs r where r.id = c.run_id)`,
    );
  }

  async close(): Promise<void> {
    await this.client.end().catch(() => undefined);
  }
}

const eventOf = (row: Row): OutboxEvent => ({
  id: Number(row.id),
  runId: row.run_id,
  number: Number(row.number),
  namespace: row.namespace,
  taskId: row.task_id,
  type: row.type,
  data: row.data,
  createdAt: row.at,
});
