import type { Delivery, EventOf, RecordedEvent } from '@multitask/contracts';
import { webhookId } from '../notify/webhook.message';

export type WebhookFact = RecordedEvent & (EventOf<'WebhookAttempted'> | EventOf<'WebhookGaveUp'>);

/** A completion that is to be told, as the notifier keeps it. */
export interface WebhookJob {
  readonly generation: number;
  readonly completedAt: Date | null;
  readonly dueAt: Date;
  readonly isDone: boolean;
}

/** Completions with the attempts to tell them, newest first. A delivery that was asked for again is pending again. */
export function deliveriesOf(groupId: string, jobs: readonly WebhookJob[], facts: readonly WebhookFact[]): Delivery[] {
  return [...jobs]
    .sort((a, b) => b.generation - a.generation)
    .map(({ generation, completedAt, dueAt, isDone }) => {
      const own = facts.filter((fact) => fact.data.generation === generation);
      return {
        webhook_id: webhookId({ groupId, generation }),
        generation,
        completed_at: completedAt?.toISOString() ?? null,
        state: isDone ? endOf(own) : 'pending',
        next_try_at: isDone ? null : dueAt.toISOString(),
        attempts: own.flatMap((fact) => (fact.name === 'WebhookAttempted' ? [attemptOf(fact)] : [])),
      };
    });
}

const endOf = (facts: readonly WebhookFact[]): Delivery['state'] => {
  const last = facts.at(-1);
  return last?.name === 'WebhookAttempted' && last.data.delivered ? 'delivered' : 'given_up';
};

function attemptOf({ data, time }: RecordedEvent & EventOf<'WebhookAttempted'>): Delivery['attempts'][number] {
  const { attempt, status, error, delivered, next_try_at } = data;
  return { attempt, at: time, status, error, delivered, next_try_at };
}
