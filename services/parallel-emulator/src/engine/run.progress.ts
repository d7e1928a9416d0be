import { seededRandom } from '../research/random';
import type { PlannedRun } from '../store/task-run.repository';
import { timestamp } from './emulator.clock';

export interface ProgressEvent {
  readonly at: number;
  readonly event: { readonly type: string; readonly [field: string]: unknown };
}

/** Everything a run says while it works, with the times at which it says it: a function of its plan alone. */
export function progressOf(run: PlannedRun, about: string): ProgressEvent[] {
  const random = seededRandom(run.runId, 'progress');
  const steps = random.between(3, 6);
  const moment = (share: number) => Math.floor(run.startAt + (run.finishAt - run.startAt) * share);
  const say = (share: number, kind: string, message: string): ProgressEvent => {
    const at = moment(share);
    return { at, event: { type: `task_run.progress_msg.${kind}`, message, timestamp: timestamp(at) } };
  };
  const events = [say(0, 'plan', `Plan: look for sources about ${about} (synthetic)`)];
  for (let step = 1; step <= steps; step++) {
    const share = step / (steps + 1);
    events.push(say(share, 'search', `Query: ${about} (synthetic query ${step})`));
    events.push(stats(moment(share), step, steps, random.between(1, 9)));
  }
  events.push(say(0.95, 'result', `Result: an answer about ${about} is ready (synthetic)`));
  return events;
}

function stats(at: number, step: number, steps: number, read: number): ProgressEvent {
  const considered = step * 10 + read;
  return {
    at,
    event: {
      type: 'task_run.progress_stats',
      source_stats: {
        num_sources_considered: considered,
        num_sources_read: step + read,
        sources_read_sample: ['https://emulator.example/synthetic'],
      },
      progress_meter: Math.round((step / (steps + 1)) * 100),
    },
  };
}
