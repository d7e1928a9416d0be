import { hostname } from 'node:os';
import { logSettings } from '@multitask/event-log';
import { upstreamSettings } from '@multitask/parallel-client';
import { integer, natsSettings, postgresSettings } from '@multitask/platform';
import { defaultPolicy, policyOf, type IngestPolicy } from '@multitask/task-group';
import { vaultSettings } from '@multitask/vault';
import { z } from 'zod';

const seconds = (fallbackMs: number) =>
  z.coerce
    .number()
    .positive()
    .default(fallbackMs / 1_000);

export const ingestorSettings = z
  .object({
    ...natsSettings.shape,
    ...postgresSettings.shape,
    ...vaultSettings.shape,
    ...upstreamSettings.shape,
    ...logSettings.shape,
    /** Under this name groups are held. Given a stable one, a restarted process takes its own back at once; never give two the same. */
    SERVICE_INSTANCE: z.string().min(1).default(`${hostname()}-${process.pid}`),
    LEASE_SECONDS: integer(15, { min: 2, max: 300 }),
    /** Groups one process follows at most. */
    INGEST_MAX_GROUPS: integer(2_000, { min: 1 }),
    INGEST_SCAN_SECONDS: seconds(5_000),
    INGEST_ROWS_PER_BATCH: integer(defaultPolicy.rowsPerBatch, { min: 1, max: 1_000 }),
    INGEST_ROWS_PER_LARGE_BATCH: integer(defaultPolicy.rowsPerLargeBatch, { min: 1, max: 1_000 }),
    INGEST_POST_START_SECONDS: seconds(defaultPolicy.postStartMs),
    INGEST_POST_ABORT_SECONDS: seconds(defaultPolicy.postAbortMs),
    /** The promise "no row is bought twice" holds while the upstream lists an accepted batch within this time. */
    INGEST_LISTED_WITHIN_SECONDS: seconds(defaultPolicy.listedWithinMs),
    INGEST_REQUEST_AGAIN_SECONDS: z.coerce.number().positive().optional(),
    /** Requests of one group beside its event stream, as long as they are questions; purchases are never held up. */
    INGEST_REQUESTS_PER_MINUTE: integer(9, { min: 1 }),
    /** An upstream that does not answer for this long is told to readers. */
    INGEST_DOWN_TOLD_SECONDS: seconds(defaultPolicy.downToldMs),
    /** A list of runs that shows nothing new for this long is given up. */
    INGEST_LIST_STILL_SECONDS: seconds(defaultPolicy.listStillMs),
    INGEST_GIVE_UP_HOURS: z.coerce
      .number()
      .positive()
      .default(defaultPolicy.giveUpMs / 3_600_000),
    /** Silence after which an event stream is taken as dead, with and without heartbeats. */
    INGEST_IDLE_SECONDS: seconds(45_000),
    INGEST_IDLE_WITHOUT_HEARTBEAT_SECONDS: seconds(300_000),
  })
  .transform((settings, context) => {
    try {
      return { ...settings, policy: policyFrom(settings) };
    } catch (error) {
      context.addIssue({
        code: 'custom',
        path: ['INGEST_REQUEST_AGAIN_SECONDS'],
        message: (error as Error).message,
      });
      return z.NEVER;
    }
  });

export type IngestorSettings = z.infer<typeof ingestorSettings>;

interface PolicySettings {
  INGEST_ROWS_PER_BATCH: number;
  INGEST_ROWS_PER_LARGE_BATCH: number;
  INGEST_POST_START_SECONDS: number;
  INGEST_POST_ABORT_SECONDS: number;
  INGEST_LISTED_WITHIN_SECONDS: number;
  INGEST_REQUEST_AGAIN_SECONDS?: number | undefined;
  INGEST_DOWN_TOLD_SECONDS: number;
  INGEST_LIST_STILL_SECONDS: number;
  INGEST_GIVE_UP_HOURS: number;
}

const policyFrom = (settings: PolicySettings): IngestPolicy =>
  policyOf({
    rowsPerBatch: settings.INGEST_ROWS_PER_BATCH,
    rowsPerLargeBatch: settings.INGEST_ROWS_PER_LARGE_BATCH,
    postStartMs: settings.INGEST_POST_START_SECONDS * 1_000,
    postAbortMs: settings.INGEST_POST_ABORT_SECONDS * 1_000,
    listedWithinMs: settings.INGEST_LISTED_WITHIN_SECONDS * 1_000,
    downToldMs: settings.INGEST_DOWN_TOLD_SECONDS * 1_000,
    listStillMs: settings.INGEST_LIST_STILL_SECONDS * 1_000,
    giveUpMs: settings.INGEST_GIVE_UP_HOURS * 3_600_000,
    ...(settings.INGEST_REQUEST_AGAIN_SECONDS && {
      requestAgainMs: settings.INGEST_REQUEST_AGAIN_SECONDS * 1_000,
    }),
  });
