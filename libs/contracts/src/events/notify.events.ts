import { z } from 'zod';

/** One delivery attempt of a webhook. Never the URL: that is a secret. */
export const webhookAttempted = z.object({
  generation: z.number().int().min(1),
  attempt: z.number().int().min(1),
  /** HTTP status of the receiver, or null when none came. */
  status: z.number().int().nullable(),
  /** A short reason we worded, or null on success. */
  error: z.string().nullable(),
  delivered: z.boolean(),
  next_try_at: z.string().nullable(),
});

export const webhookGaveUp = z.object({
  generation: z.number().int().min(1),
  attempts: z.number().int(),
  reason: z.string(),
});

/** The tombstone: the only message of a group that its purge keeps. */
export const groupExpired = z.object({ reason: z.enum(['ttl', 'deleted', 'lifetime']), expired_at: z.string() });
