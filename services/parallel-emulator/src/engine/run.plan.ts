import { logNormal, type Random } from '../research/random';
import type { Processor } from './processor';

export type Ending = 'completed' | 'failed' | 'cancelled' | 'action_required';

/** When a run starts and ends (milliseconds of the emulator's clock), decided once when it is accepted. */
export interface RunPlan {
  readonly startAt: number;
  readonly finishAt: number;
  readonly ending: Ending;
}

export interface PlanRequest {
  readonly processor: Processor;
  readonly random: Random;
  readonly readyAt: number;
  readonly speed: number;
  readonly failingRate: number;
  /** Takes the earliest free place at or after a time and holds it for a duration; returns the start. */
  readonly occupy: (readyAt: number, duration: number) => number;
}

/** Seconds in `queued` even when nothing else waits. */
const typicalQueueSeconds = { median: 2, p90: 8 };

export function planRun({ processor, random, readyAt, speed, failingRate, occupy }: PlanRequest): RunPlan {
  const queued = logNormal(random, typicalQueueSeconds.median, typicalQueueSeconds.p90);
  const sampled = logNormal(random, processor.medianSeconds, processor.p90Seconds);
  const working = Math.min(processor.maxSeconds, Math.max(processor.minSeconds, sampled));
  const ending: Ending = random.chance(failingRate) ? 'failed' : 'completed';
  const duration = Math.round((working * 1_000) / speed);
  const startAt = occupy(readyAt + Math.round((queued * 1_000) / speed), duration);
  return { startAt, finishAt: startAt + duration, ending };
}
