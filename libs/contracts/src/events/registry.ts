import type { z } from 'zod';
import type { Writer } from '../subjects';
import * as command from './command.events';
import * as ingest from './ingest.events';
import * as notify from './notify.events';

interface EventKind<S extends z.ZodType> {
  readonly writer: Writer;
  /** `ce-type` on the wire. */
  readonly type: string;
  readonly version: number;
  readonly schema: S;
}

const kind = <S extends z.ZodType>(writer: Writer, name: string, version: number, schema: S): EventKind<S> => ({
  writer,
  type: `multitask.${name}.v${version}`,
  version,
  schema,
});

/** Every event of a task group at its current version. */
export const eventKinds = {
  RowsAccepted: kind('command', 'rows.accepted', 1, command.rowsAccepted),
  GroupCreated: kind('command', 'group.created', 1, command.groupCreated),
  InputsAppended: kind('command', 'inputs.appended', 1, command.inputsAppended),
  RetryRequested: kind('command', 'retry.requested', 1, command.retryRequested),
  CancelRequested: kind('command', 'cancel.requested', 1, command.cancelRequested),
  DeleteRequested: kind('command', 'delete.requested', 1, command.deleteRequested),
  IngestStarted: kind('ingest', 'ingest.started', 1, ingest.ingestStarted),
  RunsRequested: kind('ingest', 'runs.requested', 1, ingest.runsRequested),
  RunsAdded: kind('ingest', 'runs.added', 1, ingest.runsAdded),
  RunsFollowed: kind('ingest', 'runs.followed', 1, ingest.runsFollowed),
  RunsRejected: kind('ingest', 'runs.rejected', 1, ingest.runsRejected),
  SurplusRunSeen: kind('ingest', 'surplus.seen', 1, ingest.surplusRunSeen),
  RunUpdated: kind('ingest', 'run.updated', 1, ingest.runUpdated),
  RunsUpdated: kind('ingest', 'runs.updated', 1, ingest.runsUpdated),
  GroupStatusChanged: kind('ingest', 'group.status', 1, ingest.groupStatusChanged),
  GroupBlocked: kind('ingest', 'group.blocked', 1, ingest.groupBlocked),
  GroupUnblocked: kind('ingest', 'group.unblocked', 1, ingest.groupUnblocked),
  GroupCompleted: kind('ingest', 'group.completed', 1, ingest.groupCompleted),
  WebhookAttempted: kind('notify', 'webhook.attempted', 1, notify.webhookAttempted),
  WebhookGaveUp: kind('notify', 'webhook.gave-up', 1, notify.webhookGaveUp),
  GroupExpired: kind('notify', 'group.expired', 1, notify.groupExpired),
} as const;

export type EventName = keyof typeof eventKinds;
export type EventData<N extends EventName> = z.infer<(typeof eventKinds)[N]['schema']>;

/** A fact about one group, before it has a place in the log. */
export type GroupEvent = { [N in EventName]: { readonly name: N; readonly data: EventData<N> } }[EventName];
export type EventOf<N extends EventName> = Extract<GroupEvent, { name: N }>;

/** A fact with its place in the log. */
export type RecordedEvent = GroupEvent & {
  readonly groupId: string;
  /** Sequence in the stream; for an event in parts, of the message that closes it. Orders all events of all groups. */
  readonly seq: number;
  /** When the server stored it, RFC 3339. */
  readonly time: string;
  /** `ce-id`: unique to this append. */
  readonly id: string;
};

export const event = <N extends EventName>(name: N, data: EventData<N>): EventOf<N> =>
  ({ name, data }) as unknown as EventOf<N>;
