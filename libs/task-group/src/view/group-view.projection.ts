import {
  parseRowKey,
  type EventData,
  type EventName,
  type EventOf,
  type RecordedEvent,
  type RowInput,
  type RunReport,
} from '@multitask/contracts';
import type { GroupHeader, GroupView, RowStatus, RowView } from './group-view';
import { isActive, isSettled } from './group-view';
import { advances } from './run-progress';

const dayMs = 86_400_000;

/** A group being folded: rows that no command has committed yet, and the view once there is one. */
export interface GroupFold {
  readonly groupId: string;
  readonly staged: Map<string, StagedChunk[]>;
  view: GroupView | undefined;
}

interface StagedChunk {
  readonly firstRow: number;
  readonly inputs: readonly RowInput[];
}

export const emptyFold = (groupId: string): GroupFold => ({ groupId, staged: new Map(), view: undefined });

type Recorded<N extends EventName> = EventOf<N> & RecordedEvent;
type Applier<N extends EventName> = (fold: GroupFold, event: Recorded<N>) => void;

/**
 * Applies one event to the readers' view of a group. The fold owns its state and changes it in place: a group may have
 * 100,000 rows. Events must come in log order; what cannot follow (a second end of a run, a report for a run that is not the
 * row's) changes nothing.
 */
export function applyToView(fold: GroupFold, event: RecordedEvent): GroupFold {
  const view = fold.view;
  if (view && (event.seq <= view.seq || view.expiredAt)) return fold;
  (appliers[event.name] as Applier<EventName>)(fold, event as never);
  if (fold.view) {
    fold.view.seq = event.seq;
    if (!silentEvents.has(event.name)) fold.view.modifiedAt = event.time;
  }
  return fold;
}

/** Facts that no reader can see in the group's result: they leave `modifiedAt` alone. */
const silentEvents: ReadonlySet<EventName> = new Set<EventName>([
  'RowsAccepted',
  'IngestStarted',
  'RunsRequested',
  'GroupStatusChanged',
  'WebhookAttempted',
  'WebhookGaveUp',
]);

const nothing = (): void => {};

const appliers: { [N in EventName]: Applier<N> } = {
  RowsAccepted: (fold, { data }) => {
    const chunks = fold.staged.get(data.batch_id) ?? [];
    chunks.push({ firstRow: data.first_row, inputs: data.inputs });
    fold.staged.set(data.batch_id, chunks);
  },
  GroupCreated: (fold, { data, time, seq }) => {
    if (fold.view) return;
    fold.view = { ...newHeader(fold.groupId, data, time), rows: [] };
    commitRows(fold, data.batch_id, seq);
  },
  InputsAppended: (fold, { data, seq }) =>
    inView(fold, (view) => {
      if (!startGeneration(view, data)) return;
      commitRows(fold, data.batch_id, seq);
    }),
  RetryRequested: (fold, { data, seq }) =>
    inView(fold, (view) => {
      if (!startGeneration(view, data)) return;
      for (const number of data.rows) retryRow(view, number, seq);
    }),
  CancelRequested: (fold, { seq }) => inView(fold, (view) => cancelUnbought(view, seq)),
  DeleteRequested: (fold, { seq }) => inView(fold, (view) => cancelUnbought(view, seq)),
  IngestStarted: nothing,
  RunsRequested: nothing,
  RunsAdded: (fold, { data, seq }) =>
    inView(fold, (view) => {
      for (const added of data.runs) {
        const row = rowOfKey(view, added.key);
        if (!row || row.runId !== null) continue;
        row.runId = added.run_id;
        // A cancel may have passed the purchase on its way: bought is bought, so the row lives on.
        if (row.status === 'cancelled' || row.status === 'rejected') setStatus(view, row, 'queued');
        row.refusal = null;
        row.updatedSeq = seq;
      }
    }),
  RunsFollowed: (fold, { data, seq }) =>
    inView(fold, (view) => {
      data.runs.forEach(({ run_id, input }, i) => {
        if (data.first_row + i !== view.rows.length) return;
        view.rows.push({ ...newRow(view.rows.length, input, seq), runId: run_id });
        view.counts.queued = (view.counts.queued ?? 0) + 1;
      });
      view.rowCount = view.rows.length;
    }),
  RunsRejected: (fold, { data, seq }) =>
    inView(fold, (view) => {
      for (const refused of data.runs) {
        const row = rowOfKey(view, refused.key);
        if (!row || row.runId !== null || isSettled(row.status)) continue;
        row.refusal = { code: refused.code, message: refused.message };
        moveRow(view, row, 'rejected', seq);
      }
    }),
  SurplusRunSeen: (fold) => inView(fold, (view) => void view.surplusRuns++),
  RunUpdated: (fold, { data, seq }) => inView(fold, (view) => advanceRun(view, data, seq)),
  RunsUpdated: (fold, { data, seq }) =>
    inView(fold, (view) => {
      for (const report of data.updates) advanceRun(view, report, seq);
    }),
  GroupStatusChanged: nothing,
  GroupBlocked: (fold, { data }) =>
    inView(fold, (view) => {
      view.blocked = { reason: data.reason, message: data.message, nextTryAt: data.next_try_at };
    }),
  GroupUnblocked: (fold) => inView(fold, (view) => void (view.blocked = null)),
  GroupCompleted: (fold, { data, time }) =>
    inView(fold, (view) => {
      if (data.generation !== view.generation || !isActive(view)) return;
      view.completedGeneration = data.generation;
      view.completedAt = time;
      view.expiresAt = new Date(Date.parse(time) + view.spec.ttl_days * dayMs).toISOString();
      view.blocked = null;
      if (view.webhookId) view.webhook = 'pending';
    }),
  WebhookAttempted: (fold, { data }) =>
    inView(fold, (view) => {
      if (data.delivered && data.generation === view.generation) view.webhook = 'delivered';
    }),
  WebhookGaveUp: (fold, { data }) =>
    inView(fold, (view) => {
      if (data.generation === view.generation) view.webhook = 'given_up';
    }),
  // The purge leaves nothing but this event, so a fold may begin with it: the group is then known to be gone.
  GroupExpired: (fold, { data, time }) => {
    const kept = fold.view ?? { ...newHeader(fold.groupId, nothingKnown(), time), rows: [] };
    fold.view = { ...kept, ...forgotten(), expiredAt: data.expired_at };
    fold.staged.clear();
  },
};

function inView(fold: GroupFold, apply: (view: GroupView) => void): void {
  if (fold.view) apply(fold.view);
}

/** What a reader may no longer learn of an expired group. */
const forgotten = () => ({
  spec: { processor: '', output: { type: 'auto' as const }, ttl_days: 0 },
  warnings: [],
  blocked: null,
  estimatedCostUsd: null,
  surplusRuns: 0,
  counts: {},
  rowCount: 0,
  rows: [],
});

type Creation = Omit<EventData<'GroupCreated'>, 'batch_id' | 'row_count' | 'generation'>;

const nothingKnown = (): Creation => ({
  spec: forgotten().spec,
  warnings: [],
  origin: '',
  upstream: 'custom',
  owner_fingerprint: '',
  credential_id: '',
  estimated_cost_usd: null,
});

function newHeader(groupId: string, data: Creation, time: string): GroupHeader {
  return {
    groupId,
    seq: 0,
    generation: 1,
    completedGeneration: 0,
    spec: data.spec,
    warnings: data.warnings,
    origin: data.origin,
    upstream: data.upstream,
    ownerFingerprint: data.owner_fingerprint,
    credentialId: data.credential_id,
    webhookId: data.webhook_id ?? null,
    mcpServersId: data.mcp_servers_id ?? null,
    createdAt: time,
    modifiedAt: time,
    completedAt: null,
    expiresAt: null,
    expiredAt: null,
    cancelled: false,
    blocked: null,
    webhook: data.webhook_id ? 'pending' : 'none',
    estimatedCostUsd: data.estimated_cost_usd,
    ...(data.followed && { followed: true as const }),
    surplusRuns: 0,
    counts: {},
    rowCount: 0,
  };
}

function startGeneration(view: GroupView, data: { generation: number; credential_id: string }): boolean {
  if (data.generation !== view.generation + 1) return false;
  view.generation = data.generation;
  view.credentialId = data.credential_id;
  view.completedAt = null;
  view.expiresAt = null;
  view.cancelled = false;
  if (view.webhookId) view.webhook = 'pending';
  return true;
}

function commitRows(fold: GroupFold, batchId: string, seq: number): void {
  const view = fold.view!;
  const chunks = [...(fold.staged.get(batchId) ?? [])].sort((a, b) => a.firstRow - b.firstRow);
  fold.staged.delete(batchId);
  for (const chunk of chunks)
    chunk.inputs.forEach((input, i) => {
      // A chunk that was written twice (the first answer was lost) brings no second row.
      if (chunk.firstRow + i !== view.rows.length) return;
      view.rows.push(newRow(view.rows.length, input, seq));
    });
  const added = view.rows.length - view.rowCount;
  if (added > 0) view.counts.queued = (view.counts.queued ?? 0) + added;
  view.rowCount = view.rows.length;
}

const newRow = (row: number, input: RowInput, seq: number): RowView => ({
  row,
  input,
  attempt: 1,
  status: 'queued',
  runId: null,
  run: null,
  output: null,
  refusal: null,
  previous: [],
  updatedSeq: seq,
});

/** A row that already ended keeps its end; a bought one goes on, since the upstream cannot stop it. */
function cancelUnbought(view: GroupView, seq: number): void {
  view.cancelled = true;
  // forEach passes over holes: the projector folds over a view that holds only the rows a batch can touch.
  view.rows.forEach((row) => {
    if (row.runId === null && !isSettled(row.status)) moveRow(view, row, 'cancelled', seq);
  });
}

function retryRow(view: GroupView, number: number, seq: number): void {
  const row = view.rows[number];
  if (!row || !isSettled(row.status) || row.status === 'completed') return;
  if (row.run) row.previous.push({ run: row.run, output: row.output });
  row.attempt++;
  row.runId = null;
  row.run = null;
  row.output = null;
  row.refusal = null;
  moveRow(view, row, 'queued', seq);
}

function advanceRun(view: GroupView, { key, run, output }: RunReport, seq: number): void {
  const row = rowOfKey(view, key);
  if (!row || row.runId !== run.run_id || !advances(row.status, run.status)) return;
  row.run = run;
  row.output = output ?? null;
  moveRow(view, row, run.status, seq);
}

function rowOfKey(view: GroupView, key: string): RowView | undefined {
  const parsed = parseRowKey(key);
  const row = parsed && view.rows[parsed.row];
  return row?.attempt === parsed?.attempt ? row : undefined;
}

function moveRow(view: GroupView, row: RowView, status: RowStatus, seq: number): void {
  setStatus(view, row, status);
  row.updatedSeq = seq;
}

function setStatus(view: GroupView, row: RowView, status: RowStatus): void {
  if (row.status === status) return;
  const before = (view.counts[row.status] ?? 0) - 1;
  if (before > 0) view.counts[row.status] = before;
  else delete view.counts[row.status];
  view.counts[status] = (view.counts[status] ?? 0) + 1;
  row.status = status;
}
