import { integer } from '@multitask/platform';
import { z } from 'zod';
import { defaultBudgets, type Budgets } from './pacing/pacer';

/** Where the upstream is and how fast it may be used; the same for every service that calls it. */
export const upstreamSettings = z.object({
  PARALLEL_BASE_URL: z.url({ protocol: /^https?$/ }).default('https://api.parallel.ai'),
  /** Rows bought a minute with one key; the upstream takes 2,000. */
  PACE_RUNS_PER_MINUTE: integer(defaultBudgets.runs.perMinute, { min: 1 }),
  PACE_READS_PER_MINUTE: integer(defaultBudgets.reads.perMinute, { min: 1 }),
  PACE_CALLS_PER_MINUTE: integer(defaultBudgets.calls.perMinute, { min: 1 }),
  PACE_STREAMS_PER_MINUTE: integer(defaultBudgets.streams.perMinute, { min: 1 }),
});

export const budgetsOf = (settings: z.infer<typeof upstreamSettings>): Budgets => ({
  runs: { ...defaultBudgets.runs, perMinute: settings.PACE_RUNS_PER_MINUTE },
  reads: { ...defaultBudgets.reads, perMinute: settings.PACE_READS_PER_MINUTE },
  calls: { ...defaultBudgets.calls, perMinute: settings.PACE_CALLS_PER_MINUTE },
  streams: { ...defaultBudgets.streams, perMinute: settings.PACE_STREAMS_PER_MINUTE },
});
