import { hostname } from 'node:os';
import { logSettings } from '@multitask/event-log';
import { outboundSettings } from '@multitask/outbound-http';
import { integer, natsSettings, postgresSettings } from '@multitask/platform';
import { vaultSettings } from '@multitask/vault';
import { z } from 'zod';

export const notifierSettings = z.object({
  ...natsSettings.shape,
  ...postgresSettings.shape,
  ...vaultSettings.shape,
  ...outboundSettings.shape,
  ...logSettings.shape,
  SERVICE_INSTANCE: z.string().default(`${hostname()}-${process.pid}`),
  /** Milliseconds between looks for due work. */
  NOTIFIER_POLL_MS: integer(250, { min: 10, max: 60_000 }),
  /** Webhooks under way at once, and of those to one receiver. */
  WEBHOOK_CONCURRENCY: integer(64, { min: 1, max: 1_000 }),
  WEBHOOK_CONCURRENCY_PER_ENDPOINT: integer(4, { min: 1, max: 1_000 }),
  WEBHOOK_TIMEOUT_MS: integer(15_000, { min: 100, max: 60_000 }),
  /** Seconds after which a job whose claimant fell silent is anybody's; more than a delivery can take. */
  NOTIFIER_CLAIM_SECONDS: integer(60, { min: 1, max: 3_600 }),
  /** Milliseconds between looks for groups to expire, and for what nobody came back for. */
  EXPIRY_INTERVAL_MS: integer(30_000, { min: 50 }),
  SWEEP_INTERVAL_MS: integer(300_000, { min: 50 }),
});
export type NotifierSettings = z.infer<typeof notifierSettings>;
