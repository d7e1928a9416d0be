import type { Logger } from '@multitask/platform';
import type { NotifyJob, NotifyJobRepository } from '@multitask/read-model';
import type { CredentialDisposal } from './credential.disposal';
import type { GroupExpiry } from './expiry/group.expiry';
import type { GroupPurge } from './expiry/group.purge';
import type { NotifierMetrics } from './notifier.metrics';

export interface ChoresParts {
  readonly jobs: NotifyJobRepository;
  readonly credentials: CredentialDisposal;
  readonly expiry: GroupExpiry;
  readonly purge: GroupPurge;
  readonly metrics: NotifierMetrics;
  readonly logger: Logger;
  readonly now: () => Date;
}

const jobsPerRound = 20;
const retryMs = 5_000;

/** Jobs that concern nobody outside: keys of completed generations, wishes to be forgotten, purges. */
export class ChoresWorker {
  constructor(
    private readonly parts: ChoresParts,
    private readonly claimSeconds: number,
  ) {}

  /** One round; returns when nothing is due any more. */
  async work(signal: AbortSignal): Promise<void> {
    const { jobs, now } = this.parts;
    while (!signal.aborted) {
      const due = await jobs.claim(['completed', 'expire', 'purge'], now(), jobsPerRound, {
        seconds: this.claimSeconds,
      });
      if (due.length === 0) return;
      for (const job of due) await this.handle(job);
    }
  }

  private async handle(job: NotifyJob): Promise<void> {
    const { jobs, metrics, logger, now } = this.parts;
    const later = () => jobs.postpone(job.id, new Date(now().getTime() + retryMs));
    try {
      if (await this.perform(job)) await jobs.finish(job.id);
      else await later();
    } catch (error) {
      metrics.failures.inc({ work: job.kind });
      logger.warn({ err: error, groupId: job.groupId, kind: job.kind }, 'a chore failed; trying again');
      await later();
    }
  }

  /** Whether the job is done. */
  private async perform(job: NotifyJob): Promise<boolean> {
    const { credentials, expiry, purge, metrics } = this.parts;
    switch (job.kind) {
      case 'completed':
        metrics.keysDestroyed.inc(await credentials.dispose(job));
        return true;
      case 'expire':
        return expiry.expire(job.groupId, 'deleted');
      case 'purge':
        await purge.purge(job.groupId);
        metrics.purges.inc();
        return true;
      case 'webhook':
        return true;
    }
  }
}
