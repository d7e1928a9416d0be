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
  for (const { event, header } of folded) {
    switch (event.name) {
      case 'GroupCompleted':
        if (header.completedGeneration !== event.data.generation) break;
        await addJob(trx, 'completed', event, event.data.generation, { credential_id: header.credentialId });
        if (header.webhookId)
          await addJob(trx, 'webhook', event, event.data.generation, {
            counts: JSON.stringify(event.data.counts),
            completed_at: new Date(event.time),
          });
        break;
      case 'DeleteRequested':
        await addJob(trx, 'expire', event, 0);
        break;
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
        break;
      case 'WebhookGaveUp':
        await trx
          .updateTable('notify.jobs')
          .set({ done_at: new Date(event.time) })
          .where('group_id', '=', event.groupId)
          .where('kind', '=', 'webhook')
          .where('generation', '=', event.data.generation)
          .execute();
        break;
      case 'GroupExpired':
        await trx
          .deleteFrom('notify.jobs')
          .where('group_id', '=', event.groupId)
          .where('kind', '!=', 'purge')
          .execute();
        await addJob(trx, 'purge', event, 0);
        break;
      default:
    }
  }
}

async function addJob(
  trx: Transaction<Database>,
  kind: NotifyJobKind,
  event: RecordedEvent,
  generation: number,
  facts: Partial<Insertable<NotifyJobsTable>> = {},
) {
  await trx
    .insertInto('notify.jobs')
    .values({ kind, group_id: event.groupId, generation, due_at: new Date(event.time), ...facts })
    .onConflict((conflict) => conflict.columns(['group_id', 'kind', 'generation']).doNothing())
    .execute();
}
