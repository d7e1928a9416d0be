import type { Metrics } from '@multitask/platform';
import { sql, type Kysely } from 'kysely';

const everyMs = 5_000;

/** Looked at up to here: a backlog beyond it is an alarm whatever its size. */
const most = 100_000;

/** What the orchestrator tells of itself. */
export class OrchestratorMetrics {
  readonly published;
  readonly sweeps;
  private readonly backlog;
  private readonly waiting;
  private readonly timer: NodeJS.Timeout;

  constructor(metrics: Metrics, db: Kysely<unknown>, waiting: () => number) {
    this.published = metrics.counter(
      'orchestration_events_published_total',
      'Events brought to JetStream by this replica',
    );
    this.sweeps = metrics.counter('orchestration_sweeps_total', 'Looks for leases that ran out and runs to be settled');
    this.backlog = metrics.gauge('orchestration_events_unpublished', 'Events in the outbox, counted up to 100,000');
    this.waiting = metrics.gauge('orchestration_calls_waiting', 'Calls that wait for a task or a run');
    this.timer = setInterval(() => {
      this.waiting.set(waiting());
      // A database that is away is told by readiness.
      void this.count(db).catch(() => undefined);
    }, everyMs).unref();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private async count(db: Kysely<unknown>): Promise<void> {
    const { rows } = await sql<{ count: number }>`
      select count(*) as count
      from (select from orchestration.events where published_at is null limit ${most}) oldest`.execute(db);
    this.backlog.set(Number(rows[0]?.count ?? 0));
  }
}
