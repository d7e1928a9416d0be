import type { EventName, RecordedEvent } from '@multitask/contracts';
import type { GroupHeader } from '@multitask/task-group';
import type { Insertable, Transaction } from 'kysely';
import type { Database } from '../tables/database.table';
import type { NotifyJobKind, NotifyJobsTable } from '../tables/notify-job.table';

/** An event with the group's header as it is after it and, where there was one, before it. */
export interface FoldedEvent {
  readonly event: RecordedEvent;
  readonly header: GroupHeader;
  readonly previous?: GroupHeader;
}

/** Whoever still works with the key of a generation that another one has replaced knows of the new one long before. */
const replacedKeyMs = 10 * 60_000;

/** Events that make or change a job. */
export const jobEvents: ReadonlySet<EventName> = new Set<EventName>([
  'RetryRequested',
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

function jobsFrom({ event, header, previous }: FoldedEvent): NewJob[] {
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
    case 'InputsAppended':
    case 'RetryRequested': {
      const isReplaced = previous && previous.generation < header.generation;
      // A generation that is replaced before it completed leaves its key behind.
      if (!isReplaced || previous.completedGeneration === previous.generation) return [];
      const due_at = new Date(Date.parse(event.time) + replacedKeyMs);
      return [job('completed', previous.generation, { credential_id: previous.credentialId, due_at })];
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
