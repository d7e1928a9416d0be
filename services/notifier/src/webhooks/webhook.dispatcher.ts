import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from '@multitask/platform';
import type { NotifyJob, NotifyJobRepository } from '@multitask/read-model';
import type { NotifierMetrics } from '../notifier.metrics';
import type { WebhookDelivery } from './webhook.delivery';

export interface DispatcherOptions {
  readonly concurrency: number;
  readonly perEndpoint: number;
  readonly claimSeconds: number;
  readonly pollMs: number;
}

export interface DispatcherParts {
  readonly jobs: NotifyJobRepository;
  readonly delivery: WebhookDelivery;
  readonly metrics: NotifierMetrics;
  readonly logger: Logger;
  readonly now: () => Date;
}

/** Milliseconds that deliveries under way get when the service stops; then they are cut and sent again by whoever comes. */
const stopGraceMs = 4_000;

/** After our own log or database failed, not the receiver. */
const failedRetryMs = 5_000;

/**
 * Takes due webhooks and delivers many at once, but few to one receiver. Jobs of a receiver that has enough to do are not even
 * taken, so a dead endpoint with a thousand of them holds up nobody else.
 */
export class WebhookDispatcher {
  private readonly underWay = new Map<number, Promise<void>>();
  private readonly perEndpoint = new Map<string, number>();
  private readonly cutting = new AbortController();
  private wake = Promise.withResolvers<void>();

  constructor(
    private readonly parts: DispatcherParts,
    private readonly options: DispatcherOptions,
  ) {}

  /** Resolves after the signal aborted and nothing is under way any more. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const taken = await this.take().catch((error: unknown) => {
        this.parts.metrics.failures.inc({ work: 'claim' });
        this.parts.logger.warn({ err: error }, 'looking for due webhooks failed; trying again');
        return 0;
      });
      // More may be due at once; otherwise the end of a delivery or the next look is waited for.
      if (taken === 0) await this.rest(signal);
    }
    const cut = setTimeout(() => this.cutting.abort(), stopGraceMs);
    await Promise.all(this.underWay.values());
    clearTimeout(cut);
  }

  private async take(): Promise<number> {
    const { concurrency, claimSeconds } = this.options;
    const free = concurrency - this.underWay.size;
    if (free <= 0) return 0;
    const skipEndpoints = [...this.perEndpoint.keys()].filter((endpoint) => this.isBusy(endpoint));
    const options = { seconds: claimSeconds, skipEndpoints };
    const jobs = await this.parts.jobs.claim(['webhook'], this.parts.now(), free, options);
    for (const job of jobs) {
      const work = this.handle(job).finally(() => {
        this.underWay.delete(job.id);
        this.parts.metrics.underWay.set(this.underWay.size);
        this.wake.resolve();
      });
      this.underWay.set(job.id, work);
    }
    this.parts.metrics.underWay.set(this.underWay.size);
    return jobs.length;
  }

  /** Never rejects: a job that failed is anybody's in a moment, or when its claim ends if not even that can be written. */
  private async handle(job: NotifyJob): Promise<void> {
    const { jobs, delivery, metrics, logger, now } = this.parts;
    try {
      const prepared = await delivery.prepare(job);
      if (!prepared) return;
      const { endpoint } = prepared;
      if (this.isBusy(endpoint)) return await jobs.release(job.id, endpoint);
      this.count(endpoint, 1);
      try {
        await delivery.deliver(job, prepared, this.cutting.signal);
      } finally {
        this.count(endpoint, -1);
      }
    } catch (error) {
      if (this.cutting.signal.aborted) return await jobs.release(job.id).catch(() => undefined);
      metrics.failures.inc({ work: 'webhook' });
      logger.error({ err: error, groupId: job.groupId }, 'a webhook could not be worked on; trying again later');
      // A claim lasts a minute: too long to wait for a log that was away for seconds.
      await jobs.postpone(job.id, new Date(now().getTime() + failedRetryMs)).catch(() => undefined);
    }
  }

  private isBusy = (endpoint: string): boolean => (this.perEndpoint.get(endpoint) ?? 0) >= this.options.perEndpoint;

  private count(endpoint: string, change: 1 | -1): void {
    const count = (this.perEndpoint.get(endpoint) ?? 0) + change;
    if (count > 0) this.perEndpoint.set(endpoint, count);
    else this.perEndpoint.delete(endpoint);
  }

  private async rest(signal: AbortSignal): Promise<void> {
    const timer = new AbortController();
    const waited = pause(this.options.pollMs, undefined, { signal: AbortSignal.any([signal, timer.signal]) });
    await Promise.race([waited.catch(() => undefined), this.wake.promise]);
    timer.abort();
    this.wake = Promise.withResolvers();
  }
}
