import type { EventName, RecordedEvent } from '@multitask/contracts';
import type { GroupHeader } from '@multitask/task-group';
import type { Insertable, Transaction } from 'kysely';
import type { Database } from '../tables/database.table';
import type { NotifyJobKind, NotifyJobsTable } from '../tables/notify-job.table';

/** The group's header as it is after the event. */
export interface FoldedEvent {
  readonly event: RecordedEvent;
  readonly header: GroupHeader;
}

/** Events that make or change a job. */
export const jobEvents: ReadonlySet<EventName> = new Set<EventName>([
  'GroupCompleted',
  'DeleteRequested',
  'WebhookAttempted',
  'WebhookGaveUp',
  'GroupExpired',
]);

/**
 * What the notifier has to do, derived from the log. Made in the transaction that shows the finished group, so a receiver that
 * reads the URL when its webhook arrives sees it done.
 */
export async function projectJobs(trx: Transaction<Database>, folded: readonly FoldedEvent[]): Promise<void> {
  const fresh: NewJob[] = [];
  for (const each of folded) {
    const jobs = jobsFrom(each);
    fresh.push(...jobs);
    if (jobs.length > 0 && each.event.name !== 'GroupExpired') continue;
    // What changes jobs may mean one that this batch made.
    await addJobs(trx, fresh.splice(0));
    await changeJobs(trx, each.event);
  }
  await addJobs(trx, fresh);
}

type NewJob = Insertable<NotifyJobsTable>;

function jobsFrom({ event, header }: FoldedEvent): NewJob[] {
  const job = (kind: NotifyJobKind, generation: number, facts: Partial<NewJob> = {}): NewJob => ({
    kind,
    group_id: event.groupId,
    generation,
    due_at: new Date(event.time),
    ...facts,
  });
  switch (event.name) {
    case 'GroupCompleted': {
      const { generation, counts } = event.data;
      if (header.completedGeneration !== generation) return [];
      const completed = job('completed', generation, { credential_id: header.credentialId });
      if (!header.webhookId) return [completed];
      const told = { counts: JSON.stringify(counts), completed_at: new Date(event.time) };
      return [completed, job('webhook', generation, told)];
    }
    case 'DeleteRequested':
      return [job('expire', 0)];
    case 'GroupExpired':
      return [job('purge', 0)];
    default:
      return [];
  }
}

async function changeJobs(trx: Transaction<Database>, event: RecordedEvent): Promise<void> {
  switch (event.name) {
    case 'WebhookAttempted':
      await trx
        .updateTable('notify.jobs')
        .set({
          attempt: event.data.attempt,
          claimed_until: null,
          ...(event.data.next_try_at && { due_at: new Date(event.data.next_try_at) }),
          ...(event.data.delivered && { done_at: new Date(event.time) }),
        })
        .where('group_id', '=', event.groupId)
        .where('kind', '=', 'webhook')
        .where('generation', '=', event.data.generation)
        .where('attempt', '<', event.data.attempt)
        .execute();
      return;
    case 'WebhookGaveUp':
      await trx
        .updateTable('notify.jobs')
        .set({ done_at: new Date(event.time) })
        .where('group_id', '=', event.groupId)
        .where('kind', '=', 'webhook')
        .where('generation', '=', event.data.generation)
        .execute();
      return;
    case 'GroupExpired':
      await trx.deleteFrom('notify.jobs').where('group_id', '=', event.groupId).where('kind', '!=', 'purge').execute();
      return;
    default:
  }
}

async function addJobs(trx: Transaction<Database>, jobs: readonly NewJob[]): Promise<void> {
  if (jobs.length === 0) return;
  await trx
    .insertInto('notify.jobs')
    .values(jobs)
    .onConflict((conflict) => conflict.columns(['group_id', 'kind', 'generation']).doNothing())
    .execute();
}
