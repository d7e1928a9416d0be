import type { EmulatorClock } from '../engine/emulator.clock';
import { processors } from '../engine/processor';
import { progressOf, type ProgressEvent } from '../engine/run.progress';
import type { Signals } from '../engine/signals';
import { subjectOf } from '../research/subject';
import type { PlannedRun, TaskRunRepository } from '../store/task-run.repository';
import { isActive, taskRun } from '../wire/task-run';
import type { EventStream, StreamEvent } from './event-stream';

/** What the stream of one run says: its state, its progress so far and live, its state at the end. */
export class RunFeed {
  constructor(
    private readonly runs: TaskRunRepository,
    private readonly signals: Signals,
    private readonly clock: EmulatorClock,
  ) {}

  async follow(stream: EventStream, runId: string, seconds: number): Promise<void> {
    const until = performance.now() + seconds * 1_000;
    let run = this.runs.find(runId)!;
    let pending = isActive(run.status) ? withoutOldStats(this.progress(run), this.clock.now()) : [];
    let sent = await stream.send(this.state(run));
    while (sent && isActive(run.status)) {
      const now = this.clock.now();
      const due = run.status === 'running' ? pending.filter(({ at }) => at <= now) : [];
      for (const { event } of due) sent &&= await stream.send(event);
      pending = pending.slice(due.length);
      const wait = Math.min(until - performance.now(), (pending[0]?.at ?? Infinity) - this.clock.now());
      const timedOut = performance.now() >= until;
      // Progress comes only once the run works, which is a signal of its own.
      if (!timedOut && due.length === 0)
        await this.signals.wait(
          runId,
          run.status === 'running' ? Math.max(1, wait) : until - performance.now(),
          stream.closed,
        );
      sent &&= await stream.idle();
      if (!sent) break;
      run = this.runs.find(runId)!;
      if (timedOut || !isActive(run.status)) {
        await stream.send(this.state(run));
        break;
      }
    }
    stream.close();
  }

  private state(run: PlannedRun): StreamEvent {
    const output = run.status === 'completed' ? this.runs.outputOf(run.runId) : null;
    return { type: 'task_run.state', event_id: null, run: taskRun(run), input: null, output };
  }

  private progress(run: PlannedRun): ProgressEvent[] {
    const input = this.runs.inputOf(run.runId);
    const enabled = input.enable_events ?? processors.get(run.processor)?.premium ?? false;
    return enabled ? progressOf(run, subjectOf(input.input)) : [];
  }
}

/** All messages so far are replayed, but only the latest statistics. */
function withoutOldStats(events: readonly ProgressEvent[], now: number): ProgressEvent[] {
  const isStats = ({ event }: ProgressEvent) => event.type === 'task_run.progress_stats';
  const latest = events.findLast((entry) => isStats(entry) && entry.at <= now);
  return events.filter((entry) => !isStats(entry) || entry.at > now || entry === latest);
}
