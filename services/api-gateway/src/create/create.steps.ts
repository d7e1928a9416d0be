import { groupWarning, outputSchema } from '@multitask/contracts';
import { z } from 'zod';

/**
 * How far a create request got, kept in its idempotency row: whoever repeats the request goes on from here.
 * No secret is in it, only ids of sealed records.
 */
export const createSteps = z.object({
  /** Whose turn it is; a holder that lost its turn finds another name here and stops. */
  holder: z.string(),
  credential_id: z.string(),
  webhook_id: z.string().optional(),
  mcp_servers_id: z.string().optional(),
  /** We made the webhook's secret, so the answer has to tell it. */
  webhook_secret_made: z.boolean().optional(),
  resolved: z
    .object({
      output: outputSchema,
      processor: z.string(),
      title: z.string().optional(),
      warnings: z.array(groupWarning),
    })
    .optional(),
  taskgroup_id: z.string().optional(),
});
export type CreateSteps = z.infer<typeof createSteps>;
export type Resolved = NonNullable<CreateSteps['resolved']>;

/** The sealed records of a request. */
export const secretIdsOf = (steps: CreateSteps): string[] =>
  [steps.credential_id, steps.webhook_id, steps.mcp_servers_id].filter((id) => id !== undefined);
