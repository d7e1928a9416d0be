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
  /** Events of one transaction. */
  PROJECTOR_BATCH: integer(500, { min: 1, max: 2_000 }),
});
export type ProjectorSettings = z.infer<typeof projectorSettings>;
