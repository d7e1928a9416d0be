import { flag, integer } from '@multitask/platform';
import { z } from 'zod';

/** A switch that is on unless it is turned off. */
const flagOn = z
  .string()
  .default('on')
  .transform((value) => ['1', 'true', 'yes', 'on'].includes(value.toLowerCase()));

const share = (fallback: number) => z.coerce.number().min(0).max(1).default(fallback);

/** Settings of the emulator; docs/EMULATOR.md explains each. */
export const emulatorSettings = z.object({
  EMULATOR_DATA_FILE: z.string().min(1).default(':memory:'),
  EMULATOR_SPEED: z.coerce.number().positive().default(60),
  EMULATOR_SEED: z.string().default('multitask'),
  EMULATOR_FAILING_RATE: share(0),
  // 64 rows of one group at a time: 200 rows take about 4 s with lite and 8 s with core at the default speed.
  EMULATOR_GROUP_CONCURRENCY: integer(64, { min: 1 }),
  EMULATOR_QUOTAS: flag,
  EMULATOR_RUNS_PER_MINUTE: integer(2_000, { min: 1 }),
  EMULATOR_RETRY_AFTER: flag,
  EMULATOR_CREDIT_USD: z.coerce.number().min(0).optional(),
  EMULATOR_EVENTS_CAP_SECONDS: z.coerce.number().positive().default(3_600),
  EMULATOR_RUN_EVENTS_CAP_SECONDS: z.coerce.number().positive().default(570),
  EMULATOR_RESULT_CAP_SECONDS: z.coerce.number().positive().default(3_600),
  EMULATOR_BEARER: flagOn,
  EMULATOR_CONTROL: flagOn,
  EMULATOR_ELEMENT_BASIS: flag,
  // An entry takes about 300 bytes: 600 MB at most.
  EMULATOR_LEDGER_LIMIT: integer(2_000_000, { min: 1_000 }),
  EMULATOR_WEBHOOK_SECRET: z.string().default('whsec_cGFyYWxsZWwtZW11bGF0b3ItZGV2LXNlY3JldA=='),
});

export type EmulatorSettings = z.infer<typeof emulatorSettings>;

/** Under this token the settings are injected. */
export const settingsToken = Symbol('emulator settings');
