import { MultitaskError, type GroupEvent } from '@multitask/contracts';
import {
  AppendUnclearError,
  EventTooLargeError,
  FenceRefusedError,
  LogFullError,
  LogUnavailableError,
  type EventLog,
} from '@multitask/event-log';
import {
  evolve,
  evolveCommands,
  initialGroup,
  newCommandGroup,
  passUnreadableCommand,
  type CommandGroup,
  type IngestGroup,
} from '@multitask/task-group';

/** Only other commands on the same group are in the way; more of them at once than this are told to come back. */
const attempts = 8;

export interface GroupRows {
  readonly state: CommandGroup;
  readonly group: IngestGroup;
}

/** Reads what commands are decided on, and appends them so that none overtakes another. */
export class CommandLog {
  constructor(private readonly log: Pick<EventLog, 'append' | 'readGroup' | 'lastSeq'>) {}

  /** The group's commands alone: outputs are not read, however many there are. Throws `group_expired` behind a tombstone. */
  async read(groupId: string): Promise<CommandGroup> {
    const state = newCommandGroup(groupId);
    for await (const entry of this.log.readGroup(groupId, 1, 'command'))
      if (entry.kind === 'event') evolveCommands(state, entry.event);
      else passUnreadableCommand(state, entry.message.seq);
    await this.refuseTombstone(groupId);
    return state;
  }

  /** The whole group, for commands that look at its rows. A group of 100,000 rows takes some seconds. */
  async readRows(groupId: string): Promise<GroupRows> {
    // The commands first: a command that comes while the rows are read is refused by the fence of these.
    const state = await this.read(groupId);
    const group = initialGroup(groupId);
    for await (const entry of this.log.readGroup(groupId)) if (entry.kind === 'event') evolve(group, entry.event);
    return { state, group };
  }

  /** Answers the sequence of the last event. */
  async append(groupId: string, events: readonly GroupEvent[], seq: number): Promise<number> {
    return (await this.log.append(groupId, events, { of: 'writer', seq })).lastSeq;
  }

  /**
   * Has `attempt` decide and append, again on a new reading when another command was faster or nobody knows whether the append
   * was stored: `attempt` must know its own command when it meets it.
   */
  async carryOut<R>(attempt: () => Promise<R>): Promise<R> {
    for (let tries = 1; ; tries++)
      try {
        return await attempt();
      } catch (error) {
        const again = error instanceof FenceRefusedError || error instanceof AppendUnclearError;
        if (!again || tries === attempts) throw explained(error);
      }
  }

  private async refuseTombstone(groupId: string): Promise<void> {
    const last = await this.log.lastSeq(groupId, 'notify');
    if (last === 0) return;
    for await (const entry of this.log.readGroup(groupId, last, 'notify'))
      if (entry.kind === 'event' && entry.event.name === 'GroupExpired')
        throw expired(groupId, entry.event.data.expired_at);
  }
}

export const expired = (groupId: string, at: string): MultitaskError =>
  new MultitaskError('group_expired', `Task group ${groupId} and its results were deleted on ${at.slice(0, 10)}.`);

function explained(error: unknown): unknown {
  if (error instanceof LogFullError)
    return new MultitaskError('log_full', 'Nothing more can be stored at the moment. Try again later.', {
      retryAfter: 60,
      cause: error,
    });
  if (error instanceof EventTooLargeError)
    return new MultitaskError('too_large', 'A row is larger than the log takes.', { field: 'inputs', cause: error });
  if (error instanceof FenceRefusedError || error instanceof AppendUnclearError || error instanceof LogUnavailableError)
    return new MultitaskError('not_ready', 'The command could not be stored just now. Repeat it.', {
      retryAfter: 2,
      cause: error,
    });
  return error;
}
