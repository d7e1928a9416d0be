import { MultitaskError, type EventOf, type GroupSpec, type RecordedEvent } from '@multitask/contracts';

export interface CommandHeader {
  readonly spec: GroupSpec;
  readonly origin: string;
  readonly ownerFingerprint: string;
  readonly followed: boolean;
  generation: number;
  rowCount: number;
  cancelled: boolean;
  deleted: boolean;
}

/** A command that may be repeated by its caller. */
export type RepeatableCommand = EventOf<'InputsAppended'> | EventOf<'RetryRequested'>;

/** What commands are decided on: a fold of the group's commands alone, which nobody but a command can make old. */
export interface CommandGroup {
  readonly groupId: string;
  /** Of the last message of the command subject: the fence of the next command. */
  seq: number;
  header: CommandHeader | undefined;
  /** Commands that came with an `Idempotency-Key`, by its fingerprint. */
  readonly requests: Map<string, RepeatableCommand>;
}

export const newCommandGroup = (groupId: string): CommandGroup => ({
  groupId,
  seq: 0,
  header: undefined,
  requests: new Map(),
});

/** Applies one event, in place. Events of other writers than commands change nothing. */
export function evolveCommands(state: CommandGroup, event: RecordedEvent): CommandGroup {
  const { header } = state;
  switch (event.name) {
    case 'GroupCreated': {
      const { spec, origin, owner_fingerprint, followed = false, row_count } = event.data;
      state.header ??= {
        spec,
        origin,
        ownerFingerprint: owner_fingerprint,
        followed,
        generation: 1,
        rowCount: row_count,
        cancelled: false,
        deleted: false,
      };
      break;
    }
    case 'InputsAppended':
      if (startGeneration(state, event)) header!.rowCount += event.data.row_count;
      break;
    case 'RetryRequested':
      startGeneration(state, event);
      break;
    case 'CancelRequested':
      if (header) header.cancelled = true;
      break;
    case 'DeleteRequested':
      if (header) header.deleted = true;
      break;
    case 'RowsAccepted':
      break;
    default:
      return state;
  }
  state.seq = Math.max(state.seq, event.seq);
  return state;
}

/** A message nobody can read takes a place in the subject all the same. */
export function passUnreadableCommand(state: CommandGroup, seq: number): void {
  state.seq = Math.max(state.seq, seq);
}

function startGeneration({ header, requests }: CommandGroup, command: RepeatableCommand): boolean {
  const { generation, request } = command.data;
  if (!header || generation !== header.generation + 1) return false;
  header.generation = generation;
  header.cancelled = false;
  if (request) requests.set(request.id, command);
  return true;
}

/** Throws `group_not_found` for a group that was never created and `group_expired` for one its owner deleted. */
export function livingHeader({ groupId, header }: CommandGroup): CommandHeader {
  if (!header) throw new MultitaskError('group_not_found', `There is no task group ${groupId}. Check the id.`);
  if (header.deleted)
    throw new MultitaskError('group_expired', `Task group ${groupId} was deleted by its owner; its rows are gone.`);
  return header;
}
