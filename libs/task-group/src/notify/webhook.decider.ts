import { event, type EventOf } from '@multitask/contracts';
import { nextWebhookTry } from './webhook.schedule';

/** What came of one attempt. */
export interface WebhookAnswer {
  /** Null when there was no answer. */
  readonly status: number | null;
  /** Why there was none, in our words. */
  readonly fault?: string;
  /** Seconds the endpoint asked us to wait. */
  readonly retryAfter?: number | undefined;
}

export interface WebhookFacts {
  readonly generation: number;
  readonly attempt: number;
  readonly startedAt: Date;
  readonly now: Date;
  readonly chance: number;
}

export interface WebhookDecision {
  readonly outcome: 'delivered' | 'retry' | 'gone' | 'given_up';
  readonly events: [EventOf<'WebhookAttempted'>, ...EventOf<'WebhookGaveUp'>[]];
  /** Null when no further attempt follows. */
  readonly nextTryAt: Date | null;
}

const gone = 410;

/** 2xx is delivered, 410 ends it at once, anything else is tried again until the window ends. */
export function decideWebhook(facts: WebhookFacts, answer: WebhookAnswer): WebhookDecision {
  const { generation, attempt } = facts;
  const { status } = answer;
  const delivered = status !== null && status >= 200 && status < 300;
  const next = delivered || status === gone ? undefined : nextWebhookTry({ ...facts, retryAfter: answer.retryAfter });
  const attempted = event('WebhookAttempted', {
    generation,
    attempt,
    status,
    error: delivered ? null : reasonOf(answer),
    delivered,
    next_try_at: next?.toISOString() ?? null,
  });
  if (delivered) return { outcome: 'delivered', events: [attempted], nextTryAt: null };
  if (next) return { outcome: 'retry', events: [attempted], nextTryAt: next };
  const outcome = status === gone ? 'gone' : 'given_up';
  const reason = status === gone ? 'the endpoint answered 410 Gone' : `no success in three days: ${reasonOf(answer)}`;
  const gaveUp = event('WebhookGaveUp', { generation, attempts: attempt, reason });
  return { outcome, events: [attempted, gaveUp], nextTryAt: null };
}

function reasonOf({ status, fault }: WebhookAnswer): string {
  if (status === null) return fault ?? 'there was no answer';
  const redirect = status >= 300 && status < 400;
  return `the endpoint answered ${status}${redirect ? ', and redirects are not followed' : ''}`;
}
