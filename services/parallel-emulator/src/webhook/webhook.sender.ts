import type { EmulatorClock } from '../engine/emulator.clock';
import { timestamp } from '../engine/emulator.clock';
import type { LedgerRepository } from '../store/ledger.repository';
import type { TaskRunRepository } from '../store/task-run.repository';
import { taskRun } from '../wire/task-run';
import type { Delivery, WebhookRepository } from './webhook.repository';
import { signedHeaders } from './webhook.signature';

const firstRetryMs = 5_000;
const giveUpAfterMs = 48 * 3_600_000;
const attemptTimeoutMs = 15_000;
const atOnce = 8;

/** Delivers run webhooks: the first retry after 5 s, doubling, for up to 48 h of the emulator's clock. */
export class WebhookSender {
  private readonly underWay = new Set<string>();
  private readonly stopping = new AbortController();

  constructor(
    private readonly deliveries: WebhookRepository,
    private readonly runs: TaskRunRepository,
    private readonly ledger: LedgerRepository,
    private readonly clock: EmulatorClock,
    private readonly secret: string,
    private readonly onWork: () => void,
  ) {}

  /** Starts what is due; returns the milliseconds until there is more, or undefined. */
  step(): number | undefined {
    const now = this.clock.now();
    for (const delivery of this.deliveries.due(now, atOnce))
      if (!this.underWay.has(delivery.eventId)) void this.attempt(delivery);
    // The end of an attempt wakes this again.
    if (this.underWay.size > 0) return undefined;
    const next = this.deliveries.nextDueAt();
    return next === undefined ? undefined : Math.max(0, next - now);
  }

  stop(): void {
    this.stopping.abort();
  }

  private async attempt(delivery: Delivery): Promise<void> {
    this.underWay.add(delivery.eventId);
    const status = await this.post(delivery);
    if (this.stopping.signal.aborted) return;
    this.underWay.delete(delivery.eventId);
    const attempt = delivery.attempt + 1;
    this.ledger.add({ kind: 'webhook', run: delivery.runId, event_id: delivery.eventId, attempt, status });
    const dueAt = this.clock.now() + firstRetryMs * 2 ** (attempt - 1);
    const over = (status !== null && status >= 200 && status < 300) || dueAt - delivery.firstAt > giveUpAfterMs;
    if (over) this.deliveries.remove(delivery.eventId);
    else this.deliveries.postpone(delivery.eventId, attempt, dueAt);
    this.onWork();
  }

  /** The receiver's status, or null when there was none. */
  private async post({ eventId, runId, url }: Delivery): Promise<number | null> {
    const run = this.runs.find(runId);
    if (!run) return 204;
    const data = taskRun(run);
    const body = JSON.stringify({ timestamp: timestamp(run.modifiedAt), type: 'task_run.status', data });
    const headers = signedHeaders(this.secret, eventId, Math.floor(this.clock.now() / 1_000), body);
    const signal = AbortSignal.any([this.stopping.signal, AbortSignal.timeout(attemptTimeoutMs)]);
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body,
        redirect: 'manual',
        signal,
      });
      await response.body?.cancel();
      return response.status;
    } catch {
      return null;
    }
  }
}
