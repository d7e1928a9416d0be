import type { Metrics } from '@multitask/platform';
import type { Backlog } from '@multitask/read-model';

const kinds = ['completed', 'webhook', 'expire', 'purge'] as const;

/** What the notifier tells of itself. */
export class NotifierMetrics {
  readonly attempts;
  readonly attemptSeconds;
  readonly underWay;
  readonly expiries;
  readonly purges;
  readonly keysDestroyed;
  readonly swept;
  readonly failures;
  private readonly due;
  private readonly oldest;

  constructor(metrics: Metrics) {
    this.attempts = metrics.counter('webhook_attempts_total', 'Attempts to deliver a webhook', ['outcome']);
    this.attemptSeconds = metrics.histogram('webhook_attempt_seconds', 'Seconds an endpoint took', ['outcome']);
    this.underWay = metrics.gauge('webhooks_under_way', 'Deliveries being made now');
    this.expiries = metrics.counter('group_expiries_total', 'Groups that ended', ['reason']);
    this.purges = metrics.counter('group_purges_total', 'Groups purged from log, vault and tables');
    this.keysDestroyed = metrics.counter('credentials_destroyed_total', 'Keys of completed generations destroyed');
    this.swept = metrics.counter('leftovers_swept_total', 'What nobody came back for', ['kind']);
    this.failures = metrics.counter('notifier_failures_total', 'Work that failed and will be tried again', ['work']);
    this.due = metrics.gauge('notify_jobs_due', 'Jobs that are due and not done', ['kind']);
    this.oldest = metrics.gauge('notify_jobs_oldest_seconds', 'How long the oldest of them has been due', ['kind']);
  }

  backlog(found: readonly Backlog[], now: Date): void {
    for (const kind of kinds) {
      const backlog = found.find((each) => each.kind === kind);
      this.due.set({ kind }, backlog?.due ?? 0);
      const waitedMs = backlog ? now.getTime() - backlog.oldestDueAt.getTime() : 0;
      this.oldest.set({ kind }, Math.max(0, waitedMs / 1_000));
    }
  }
}
