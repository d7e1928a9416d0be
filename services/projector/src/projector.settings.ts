import { hostname } from 'node:os';
import { logSettings } from '@multitask/event-log';
import { integer, natsSettings, postgresSettings } from '@multitask/platform';
import { z } from 'zod';

export const projectorSettings = z.object({
  ...natsSettings.shape,
  ...postgresSettings.shape,
  ...logSettings.shape,
  /** Tells replicas apart. A process that is restarted under its former name takes its partitions back at once. */
  SERVICE_INSTANCE: z.string().default(`${hostname()}-${process.pid}`),
  /** After which the partitions of a silent replica are anybody's. */
  LEASE_SECONDS: integer(15, { min: 2, max: 300 }),
  /** Events of one transaction. */
  PROJECTOR_BATCH: integer(500, { min: 1, max: 2_000 }),
});
export type ProjectorSettings = z.infer<typeof projectorSettings>;
