import { setTimeout as pause } from 'node:timers/promises';
import type { EmulatorClock } from '../engine/emulator.clock';
import type { Signals } from '../engine/signals';
import type { FaultBook, Occasion } from '../faults/fault.book';
import type { GroupEvent, TaskGroupRepository } from '../store/task-group.repository';
import type { TaskRunRepository } from '../store/task-run.repository';
import { cursorOf } from '../wire/cursor';
import { groupStatus } from '../wire/task-group';
import { isActive, taskRun, type RunStatus } from '../wire/task-run';
import type { EventStream, StreamEvent } from './event-stream';

export interface SnapshotOptions {
  readonly after: number;
  readonly status?: RunStatus;
  readonly includeInput: boolean;
  readonly includeOutput: boolean;
  readonly occasion: Occasion;
}

/** An endless list says something as often as this. */
const endlessEveryMs = 20;

/** Events are read in pages so that a slow reader holds at most one of them. */
const pageSize = 200;

/** What the two streams of a group say. */
export class GroupFeed {
  constructor(
    private readonly groups: TaskGroupRepository,
    private readonly runs: TaskRunRepository,
    private readonly signals: Signals,
    private readonly faults: FaultBook,
    private readonly clock: EmulatorClock,
  ) {}

  /** The log after a position, then live until the group is inactive or `seconds` have passed. */
  async follow(stream: EventStream, groupId: string, after: number, seconds: number): Promise<void> {
    const until = performance.now() + seconds * 1_000;
    let seq = after;
    let saidInactive = false;
    while (await stream.idle()) {
      const page = this.groups.eventsAfter(groupId, seq, pageSize);
      for (const event of page) {
        if (!(await stream.send(this.eventOf(event)))) return;
        seq = event.seq;
        saidInactive = event.status?.is_active === false;
      }
      if (page.length > 0) continue;
      const group = this.groups.find(groupId)!;
      const status = groupStatus(group);
      if (!status.is_active) {
        // Readers wait for an inactive status before they stop, also those who come after the last event.
        if (!saidInactive)
          await stream.send({ type: 'task_group_status', event_id: cursorOf('events', group.lastEvent), status });
        break;
      }
      if ((await this.signals.wait(groupId, until - performance.now(), stream.closed)) === 'timeout') break;
    }
    stream.close();
  }

  /** One event per run that is in the group now, whatever its status; less or more where a fault says so. */
  async snapshot(stream: EventStream, groupId: string, options: SnapshotOptions): Promise<void> {
    const { occasion } = options;
    const upTo = this.groups.find(groupId)!.lastOrdinal;
    const lag = this.faults.take('lag_list', occasion);
    const shownUntil = lag ? this.clock.now() - lag.seconds * 1_000 : Infinity;
    const hidesActive = this.faults.take('hide_active', occasion) !== undefined;
    const endless = this.faults.take('endless_list', occasion);
    let last: StreamEvent | undefined;
    let after = options.after;
    while (await stream.idle()) {
      const page = this.runs.listedAfter(groupId, { after, upTo, status: options.status, limit: pageSize });
      for (const run of page) {
        after = run.ordinal!;
        if (run.createdAt > shownUntil || (hidesActive && isActive(run.status))) continue;
        const completed = run.status === 'completed';
        last = {
          type: 'task_run.state',
          event_id: cursorOf('runs', run.ordinal!),
          run: taskRun(run),
          input: options.includeInput ? this.inputOf(run.runId, run.specId) : null,
          output: options.includeOutput && completed ? this.runs.outputOf(run.runId) : null,
        };
        if (!(await stream.send(last))) return;
      }
      if (page.length < pageSize) break;
    }
    if (endless) await this.goOn(stream, endless.how === 'repeats' ? last : undefined);
    stream.close();
  }

  private async goOn(stream: EventStream, event: StreamEvent | undefined): Promise<void> {
    while (!stream.closed.aborted) {
      await pause(endlessEveryMs, undefined, { signal: stream.closed }).catch(() => undefined);
      if (event) await stream.send(event);
      else stream.ping();
    }
  }

  /** The input as it was accepted; MCP headers are write-only. */
  inputOf(runId: string, specId: string | null): object {
    const input = this.runs.inputOf(runId);
    const servers = input.mcp_servers?.map(({ headers: _headers, ...server }) => server);
    return { ...input, ...(servers && { mcp_servers: servers }), task_spec: this.runs.specOf(specId) ?? null };
  }

  private eventOf({ seq, runId, status }: GroupEvent): StreamEvent {
    const event_id = cursorOf('events', seq);
    if (runId === null) return { type: 'task_group_status', event_id, status };
    const run = this.runs.find(runId)!;
    return { type: 'task_run.state', event_id, run: taskRun(run), input: null, output: this.runs.outputOf(runId) };
  }
}
