import {
  eventKinds,
  parseRowKey,
  type EventData,
  type EventName,
  type EventOf,
  type GroupEvent,
  type RecordedEvent,
  type RunReport,
} from '@multitask/contracts';
import { charactersOf } from '../create/input-row';
import { specCharacters } from '../create/task-spec';
import { isSettled, type RowStatus } from '../view/group-view';
import { advances } from '../view/run-progress';
import { countsText, type IngestGroup, type IngestRow, type RowRef } from './ingest-group';

/**
 * Applies one event, in place: a group may have 100,000 rows. Events come in log order; one that was applied before (our own
 * appends come back when the log is read) changes nothing but how far the log was read.
 */
export function evolve(state: IngestGroup, event: RecordedEvent): IngestGroup {
  const positions = state.positions;
  if (event.seq > positions[writerOf(event.name)]) apply(state, event);
  positions.seen = Math.max(positions.seen, event.seq);
  return state;
}

/**
 * Applies what we have just appended. `complete` when the fence covered the whole group: then nothing can stand between what
 * was read before and these events.
 */
export function evolveAppended(
  state: IngestGroup,
  events: readonly GroupEvent[],
  stored: { readonly lastSeq: number; readonly time: string; readonly complete: boolean },
): IngestGroup {
  events.forEach((event, i) => {
    // Only the last sequence is told; the earlier ones are at most this and in order.
    const seq = stored.lastSeq - (events.length - 1 - i);
    apply(state, { ...event, groupId: state.groupId, seq, time: stored.time, id: '' } as RecordedEvent);
  });
  if (stored.complete) state.positions.seen = Math.max(state.positions.seen, stored.lastSeq);
  return state;
}

/** A message of the group that nobody can read takes a place in the log all the same. */
export function passUnreadable(state: IngestGroup, seq: number): void {
  state.positions.seen = Math.max(state.positions.seen, seq);
  state.positions.group = Math.max(state.positions.group, seq);
}

const writerOf = (name: EventName) => eventKinds[name].writer as 'command' | 'ingest' | 'notify';

function apply(state: IngestGroup, event: RecordedEvent): void {
  (appliers[event.name] as Applier<EventName>)(state, event as never);
  const positions = state.positions;
  const writer = writerOf(event.name);
  positions[writer] = Math.max(positions[writer], event.seq);
  positions.group = Math.max(positions.group, event.seq);
}

type Recorded<N extends EventName> = EventOf<N> & RecordedEvent;
type Applier<N extends EventName> = (state: IngestGroup, event: Recorded<N>) => void;

const nothing = (): void => {};

const appliers: { [N in EventName]: Applier<N> } = {
  RowsAccepted: (state, { data }) => {
    const staged = state.staged.get(data.batch_id) ?? [];
    staged.push({
      chunk: {
        batchId: data.batch_id,
        firstRow: data.first_row,
        rowCount: data.inputs.length,
        readFrom: state.positions.seen + 1,
      },
      characters: data.inputs.map(charactersOf),
    });
    state.staged.set(data.batch_id, staged);
  },
  GroupCreated: (state, { data, time }) => {
    if (state.header) return;
    state.header = {
      spec: data.spec,
      mcpServersId: data.mcp_servers_id ?? null,
      ownerFingerprint: data.owner_fingerprint,
      followed: data.followed ?? false,
      specCharacters: specCharacters(data.spec),
      credentialId: data.credential_id,
      generation: 1,
      completedGeneration: 0,
      cancelled: false,
      deleted: false,
    };
    state.progressAt = Date.parse(time);
    commitRows(state, data.batch_id);
  },
  InputsAppended: (state, { data, time }) => {
    if (startGeneration(state, data, time)) commitRows(state, data.batch_id);
  },
  RetryRequested: (state, { data, time }) => {
    if (!startGeneration(state, data, time)) return;
    for (const number of data.rows) retryRow(state, number);
  },
  CancelRequested: (state) => cancelUnbought(state),
  DeleteRequested: (state) => {
    cancelUnbought(state);
    if (state.header) state.header.deleted = true;
  },
  IngestStarted: (state, { data, seq }) => {
    state.holder = { name: data.holder, seq };
  },
  RunsRequested: (state, { data, time }) => {
    const rows = new Set<number>();
    for (const key of data.keys) {
      const found = findRow(state, key);
      if (!found || found.row.runId !== null) continue;
      leaveBatch(state, found);
      found.row.batch = data.batch;
      rows.add(found.number);
    }
    if (rows.size > 0) state.batches.set(data.batch, { batch: data.batch, requestedAt: Date.parse(time), rows });
    state.lastBatch = Math.max(state.lastBatch, data.batch);
    passBought(state);
  },
  RunsAdded: (state, { data, time }) => {
    for (const added of data.runs) addRun(state, added.key, added.run_id);
    state.progressAt = Date.parse(time);
    passBought(state);
  },
  RunsFollowed: (state, { data, time }) => {
    data.runs.forEach(({ run_id }, i) => {
      if (data.first_row + i !== state.rows.length || state.runs.has(run_id)) return;
      state.runs.set(run_id, state.rows.length);
      state.rows.push({ attempt: 1, status: 'queued', runId: run_id, batch: 0, characters: 0 });
      state.counts.queued = (state.counts.queued ?? 0) + 1;
    });
    state.progressAt = Date.parse(time);
    passBought(state);
  },
  RunsRejected: (state, { data, time }) => {
    for (const refused of data.runs) {
      const found = findRow(state, refused.key);
      if (!found || found.row.runId !== null) continue;
      leaveBatch(state, found);
      if (!isSettled(found.row.status)) setStatus(state, found.row, 'rejected');
    }
    state.progressAt = Date.parse(time);
    passBought(state);
  },
  SurplusRunSeen: (state, { data }) => void state.surplus.add(data.run_id),
  RunUpdated: (state, { data, time }) => advanceRun(state, data, time),
  RunsUpdated: (state, { data, time }) => {
    for (const report of data.updates) advanceRun(state, report, time);
  },
  GroupStatusChanged: (state, { data, time }) => {
    state.reported = { at: Date.parse(time), counts: countsText(data.counts), cursor: data.cursor };
  },
  GroupBlocked: (state, { data }) => {
    state.blocked = {
      reason: data.reason,
      message: data.message,
      tries: data.tries,
      nextTryAt: Date.parse(data.next_try_at),
    };
  },
  GroupUnblocked: (state) => void (state.blocked = undefined),
  GroupCompleted: (state, { data }) => {
    if (state.header?.generation === data.generation) state.header.completedGeneration = data.generation;
    state.blocked = undefined;
  },
  WebhookAttempted: nothing,
  WebhookGaveUp: nothing,
  GroupExpired: (state) => {
    state.expired = true;
    state.rows = [];
    state.chunks = [];
    state.staged.clear();
    state.runs.clear();
    state.batches.clear();
  },
};

function startGeneration(
  state: IngestGroup,
  data: EventData<'InputsAppended'> | EventData<'RetryRequested'>,
  time: string,
): boolean {
  const header = state.header;
  if (!header || data.generation !== header.generation + 1) return false;
  header.generation = data.generation;
  header.credentialId = data.credential_id;
  header.cancelled = false;
  // A key was presented: what an older one was refused need not be waited for.
  if (state.blocked) state.blocked = { ...state.blocked, tries: 1, nextTryAt: 0 };
  state.progressAt = Date.parse(time);
  return true;
}

function commitRows(state: IngestGroup, batchId: string): void {
  const staged = [...(state.staged.get(batchId) ?? [])].sort((a, b) => a.chunk.firstRow - b.chunk.firstRow);
  state.staged.delete(batchId);
  for (const { chunk, characters } of staged) {
    const before = state.rows.length;
    characters.forEach((size, i) => {
      // A chunk that was written twice (the first answer was lost) brings no second row.
      if (chunk.firstRow + i !== state.rows.length) return;
      state.rows.push({ attempt: 1, status: 'queued', runId: null, batch: 0, characters: size });
    });
    const added = state.rows.length - before;
    if (added === 0) continue;
    state.chunks.push(chunk);
    state.counts.queued = (state.counts.queued ?? 0) + added;
  }
}

function retryRow(state: IngestGroup, number: number): void {
  const row = state.rows[number];
  if (!row || !isSettled(row.status) || row.status === 'completed') return;
  leaveBatch(state, { number, row });
  row.attempt++;
  row.runId = null;
  setStatus(state, row, 'queued');
  state.firstUnbought = Math.min(state.firstUnbought, number);
}

function cancelUnbought(state: IngestGroup): void {
  if (!state.header) return;
  state.header.cancelled = true;
  // A row that is being bought right now shows as cancelled too, until it turns out to have been bought.
  for (const row of state.rows) if (row.runId === null && !isSettled(row.status)) setStatus(state, row, 'cancelled');
  passBought(state);
}

function addRun(state: IngestGroup, key: string, runId: string): void {
  const parsed = parseRowKey(key);
  const row = parsed && state.rows[parsed.row];
  if (!row || state.runs.has(runId)) return;
  // An earlier attempt's run is remembered as well, so that it is never taken for a stranger's.
  if (row.attempt > parsed.attempt) return void state.runs.set(runId, parsed.row);
  if (row.attempt !== parsed.attempt || row.runId !== null) return;
  state.runs.set(runId, parsed.row);
  leaveBatch(state, { number: parsed.row, row });
  row.runId = runId;
  // A cancel may have passed the purchase on its way: bought is bought, so the row lives on.
  if (row.status === 'cancelled' || row.status === 'rejected') setStatus(state, row, 'queued');
}

function advanceRun(state: IngestGroup, { key, run }: RunReport, time: string): void {
  const found = findRow(state, key);
  if (!found || found.row.runId !== run.run_id || !advances(found.row.status, run.status)) return;
  setStatus(state, found.row, run.status);
  state.progressAt = Date.parse(time);
}

function leaveBatch(state: IngestGroup, { number, row }: RowRef): void {
  const batch = state.batches.get(row.batch);
  row.batch = 0;
  batch?.rows.delete(number);
  if (batch?.rows.size === 0) state.batches.delete(batch.batch);
}

/** The row a key names, when the key is of its current attempt. */
export function findRow(state: IngestGroup, key: unknown): RowRef | undefined {
  const parsed = parseRowKey(key);
  const row = parsed && state.rows[parsed.row];
  return row?.attempt === parsed?.attempt ? row && { number: parsed!.row, row } : undefined;
}

export const isUnbought = (row: IngestRow): boolean => row.runId === null && row.batch === 0 && !isSettled(row.status);

/** Moves the mark over rows that need no purchase; each row is passed once, so it costs nothing in sum. */
function passBought(state: IngestGroup): void {
  for (let row = state.rows[state.firstUnbought]; row && !isUnbought(row); row = state.rows[state.firstUnbought])
    state.firstUnbought++;
}

function setStatus(state: IngestGroup, row: IngestRow, status: RowStatus): void {
  if (row.status === status) return;
  const left = (state.counts[row.status] ?? 0) - 1;
  if (left > 0) state.counts[row.status] = left;
  else delete state.counts[row.status];
  state.counts[status] = (state.counts[status] ?? 0) + 1;
  row.status = status;
}
