import { event } from '@multitask/contracts';
import { shownUrl } from '@multitask/outbound-http';
import type { Logger } from '@multitask/platform';
import type { GroupReader, NotifyJob, NotifyJobRepository } from '@multitask/read-model';
import { decideWebhook } from '@multitask/task-group';
import { SecretNotFoundError, type Secret, type Vault } from '@multitask/vault';
import type { NotifierMetrics } from '../notifier.metrics';
import type { NotifyLog } from '../notify.log';
import type { SealedWebhook, WebhookSender } from './webhook.sender';

export interface DeliveryParts {
  readonly groups: Pick<GroupReader, 'header'>;
  readonly jobs: NotifyJobRepository;
  readonly vault: Vault;
  readonly notifyLog: NotifyLog;
  readonly sender: WebhookSender;
  readonly metrics: NotifierMetrics;
  readonly logger: Logger;
  readonly now: () => Date;
  /** From -1 to 1. */
  readonly chance: () => number;
}

/** A job whose receiver is known. */
export interface PreparedDelivery {
  /** Scheme and host: what deliveries are limited by. */
  readonly endpoint: string;
  readonly origin: string;
  readonly webhook: Secret<SealedWebhook>;
}

/**
 * Delivers webhooks, one attempt at a time. Order: look whether the group is still there, send, write down what came of it,
 * reschedule. Whoever dies in between leaves a claim that ends, and the next one sends again under the same id.
 */
export class WebhookDelivery {
  constructor(private readonly parts: DeliveryParts) {}

  /** Undefined when there is nothing to deliver any more; the job is ended then. */
  async prepare(job: NotifyJob): Promise<PreparedDelivery | undefined> {
    const { groups, jobs, vault } = this.parts;
    const found = await groups.header(job.groupId);
    const webhookId = found?.header.expiredAt ? null : found?.header.webhookId;
    if (!found || !webhookId) {
      await jobs.finish(job.id);
      return undefined;
    }
    try {
      const webhook = await vault.open<SealedWebhook>(webhookId, 'webhook');
      return { endpoint: shownUrl(webhook.reveal().url), origin: found.header.origin, webhook };
    } catch (error) {
      if (!(error instanceof SecretNotFoundError)) throw error;
      await this.giveUp(job, 'the webhook’s address is no longer kept');
      return undefined;
    }
  }

  async deliver(job: NotifyJob, { endpoint, origin, webhook }: PreparedDelivery, signal: AbortSignal): Promise<void> {
    const { jobs, notifyLog, sender, metrics, logger, now, chance } = this.parts;
    const place = await notifyLog.open(job.groupId);
    if (place === undefined) return jobs.finish(job.id);
    const { groupId, generation } = job;
    const attempt = job.attempt + 1;
    const startedAt = job.startedAt ?? now();
    const completion = {
      groupId,
      generation,
      origin,
      counts: job.counts ?? {},
      completedAt: job.completedAt ?? startedAt,
    };
    const sentAt = performance.now();
    const answer = await sender.send(webhook.reveal(), completion, signal);
    const seconds = (performance.now() - sentAt) / 1_000;

    const decision = decideWebhook({ generation, attempt, startedAt, now: now(), chance: chance() }, answer);
    await notifyLog.append(groupId, decision.events, place);
    await jobs.recordAttempt(job.id, attempt, { startedAt, nextTryAt: decision.nextTryAt, endpoint });
    const { outcome, nextTryAt } = decision;
    metrics.attempts.inc({ outcome });
    metrics.attemptSeconds.observe({ outcome }, seconds);
    const { status, fault } = answer;
    const level = outcome === 'delivered' ? 'info' : 'warn';
    logger[level]({ groupId, generation, attempt, endpoint, status, fault, nextTryAt }, `webhook ${outcome}`);
  }

  private async giveUp(job: NotifyJob, reason: string): Promise<void> {
    const { jobs, notifyLog, metrics, logger } = this.parts;
    const { groupId, generation, attempt } = job;
    const place = await notifyLog.open(groupId);
    const gaveUp = event('WebhookGaveUp', { generation, attempts: attempt, reason });
    if (place !== undefined) await notifyLog.append(groupId, [gaveUp], place);
    await jobs.finish(job.id);
    metrics.attempts.inc({ outcome: 'given_up' });
    logger.warn({ groupId, generation, reason }, 'webhook given_up');
  }
}
