import { z } from 'zod';
import { groupWarning } from '../events/group-spec';
import { jsonObject } from '../json';
import { estimate } from './answers';

const started = {
  url: z.string(),
  taskgroup_id: z.string(),
  generation: z.int().describe('The completion of this generation is told as <taskgroup_id>.<generation>.'),
  estimate: estimate.describe('Of the rows of this command.'),
};

export const appendAnswer = z.object({
  ...started,
  num_inputs: z.int(),
  first_row: z.int().describe('Number of the first new row; rows count from 0.'),
  warnings: z.array(groupWarning),
});
export type AppendAnswer = z.infer<typeof appendAnswer>;

export const retryAnswer = z.object({
  ...started,
  num_rows: z.int().describe('Rows that are run again; 0 when only the key was renewed.'),
  rows: z.array(z.int()).describe('Their numbers, at most the first 1,000.'),
});
export type RetryAnswer = z.infer<typeof retryAnswer>;

export const cancelAnswer = z.object({
  url: z.string(),
  taskgroup_id: z.string(),
  generation: z.int(),
  cancelled: z.int().describe('Rows that are cancelled.'),
  going_on: z
    .int()
    .describe('Rows that were bought already. The upstream cannot stop them, so they go on and are charged.'),
  settled: z.int().describe('Rows that had ended otherwise.'),
  detail: z.string(),
});
export type CancelAnswer = z.infer<typeof cancelAnswer>;

export const deleteAnswer = z.object({
  taskgroup_id: z.string(),
  deleted: z.boolean().describe('False while the deletion is still under way; it is certain to follow.'),
  detail: z.string(),
});
export type DeleteAnswer = z.infer<typeof deleteAnswer>;

export const eventsAnswer = z.object({
  taskgroup_id: z.string(),
  events: z.array(
    z.object({
      seq: z.int().describe('Place in the log; grows, with gaps.'),
      type: z.string(),
      time: z.string(),
      data: jsonObject.describe('Without ids of secrets, inputs and outputs.'),
    }),
  ),
  next_cursor: z.string().nullable(),
});
export type EventsAnswer = z.infer<typeof eventsAnswer>;

const attempt = z.object({
  attempt: z.int(),
  at: z.string(),
  status: z.int().nullable().describe('What the endpoint answered; null when nothing came.'),
  error: z.string().nullable(),
  delivered: z.boolean(),
  next_try_at: z.string().nullable(),
});

export const delivery = z.object({
  webhook_id: z.string().describe('The header webhook-id, the same at every attempt.'),
  generation: z.int(),
  completed_at: z.string().nullable(),
  state: z.enum(['pending', 'delivered', 'given_up']),
  next_try_at: z.string().nullable(),
  attempts: z.array(attempt),
});
export type Delivery = z.infer<typeof delivery>;

export const webhookAnswer = z.object({
  taskgroup_id: z.string(),
  endpoint: z.string().nullable().describe('Scheme and host; the rest of the URL is a secret. Null without a webhook.'),
  deliveries: z.array(delivery).describe('Newest completion first.'),
  next_cursor: z.string().nullable(),
});
export type WebhookAnswer = z.infer<typeof webhookAnswer>;

export const redeliverAnswer = z.object({
  taskgroup_id: z.string(),
  generation: z.int(),
  webhook_id: z.string(),
});
export type RedeliverAnswer = z.infer<typeof redeliverAnswer>;
