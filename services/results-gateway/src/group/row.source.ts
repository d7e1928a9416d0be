import { setTimeout as pause } from 'node:timers/promises';
import { MultitaskError } from '@multitask/contracts';
import type { EventLog } from '@multitask/event-log';
import { rowUnderRun } from '@multitask/result-formats';
import type { GroupHeader, GroupView, RowView } from '@multitask/task-group';
import type { GroupSource } from './group.source';

export interface FoundRow {
  readonly header: GroupHeader;
  readonly row: RowView;
}

/** A run id may be read before the projector has it: this long it is waited for. */
const patienceMs = 1_000;
const pauseMs = 100;

/** Rows by the id of one of their runs. Throws `run_not_found`. */
export class RowSource {
  constructor(
    private readonly groups: GroupSource,
    private readonly log: EventLog,
  ) {}

  /** A run of whatever group. Its current one only: the read model does not index earlier runs. */
  async anywhere(runId: string): Promise<FoundRow> {
    const deadline = Date.now() + patienceMs;
    for (;;) {
      const found = await this.groups.rowByRunId(runId);
      if (found) return found;
      if (Date.now() >= deadline) throw notFound(runId);
      await pause(pauseMs);
    }
  }

  /** A run of this group: the current one of a row, or an earlier one that a retry replaced. */
  async inGroup(groupId: string, runId: string): Promise<FoundRow> {
    const { view: header, from } = await this.groups.header(groupId);
    const current = from === 'log' ? undefined : await this.groups.rowByRunId(runId).catch(() => undefined);
    if (current?.header.groupId === groupId) return current;
    const found =
      (header.generation > 1 ? rowIn((await this.groups.snapshot(groupId)).view, runId) : undefined) ??
      (from === 'log' || (await this.isBehind(header))
        ? rowIn((await this.groups.fromLog(groupId)).view, runId)
        : undefined);
    if (found) return found;
    throw notFound(runId);
  }

  /** Whether the log knows more of the group than the read model. */
  private async isBehind(header: GroupHeader): Promise<boolean> {
    return (await this.log.lastSeq(header.groupId).catch(() => 0)) > header.seq;
  }
}

function rowIn(view: GroupView, runId: string): FoundRow | undefined {
  for (const row of view.rows) {
    const found = rowUnderRun(row, runId);
    if (found) return { header: view, row: found };
  }
  return undefined;
}

const notFound = (runId: string): MultitaskError =>
  new MultitaskError('run_not_found', `There is no run ${runId} here. Check the id.`);
