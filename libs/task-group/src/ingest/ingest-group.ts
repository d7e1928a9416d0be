import type { GroupSpec, RowKey } from '@multitask/contracts';
import type { RowStatus } from '../view/group-view';

/** One row as the ingestor needs it. There may be millions in a process: no input, no output, no dates. */
export interface IngestRow {
  attempt: number;
  status: RowStatus;
  runId: string | null;
  /** The outstanding batch that asked for this row's current key; 0 when none is. */
  batch: number;
  /** Length of the input as JSON. */
  characters: number;
}

/** Where the inputs of some consecutive rows stand in the log; they are read again when they are bought. */
export interface InputChunk {
  readonly batchId: string;
  readonly firstRow: number;
  readonly rowCount: number;
  /** Reading the group from this sequence on meets the chunk, parts included. */
  readonly readFrom: number;
}

export interface StagedChunk {
  readonly chunk: InputChunk;
  readonly characters: readonly number[];
}

/** A purchase the log knows was to be made, and not yet what became of it. */
export interface OutstandingBatch {
  readonly batch: number;
  /** The log's timestamp of `RunsRequested`, Unix milliseconds. */
  readonly requestedAt: number;
  readonly rows: Set<number>;
}

export interface IngestHeader {
  readonly spec: GroupSpec;
  readonly mcpServersId: string | null;
  readonly ownerFingerprint: string;
  readonly followed: boolean;
  /** Length of the task spec as JSON. */
  readonly specCharacters: number;
  credentialId: string;
  generation: number;
  completedGeneration: number;
  cancelled: boolean;
  deleted: boolean;
}

export interface IngestBlock {
  readonly reason: 'credit' | 'key_refused' | 'upstream_down';
  readonly message: string;
  readonly tries: number;
  /** Unix milliseconds; 0 when a new key was presented and the next try is due at once. */
  readonly nextTryAt: number;
}

/** Sequences in the log: the fences, and how far the log was read without a hole. */
export interface Positions {
  /** Everything of the group up to here has been applied. */
  seen: number;
  /** The last known message of the group, whoever wrote it. */
  group: number;
  command: number;
  ingest: number;
  notify: number;
}

export interface ReportedStatus {
  readonly at: number;
  /** See {@link countsText}. */
  readonly counts: string;
  readonly cursor: string | undefined;
}

/** What the ingestor knows of one group: a fold of its log and nothing else. */
export interface IngestGroup {
  readonly groupId: string;
  readonly positions: Positions;
  /** Chunks that no command has committed yet, by batch id. */
  readonly staged: Map<string, StagedChunk[]>;
  header: IngestHeader | undefined;
  chunks: InputChunk[];
  rows: IngestRow[];
  /** Rows below are bought, being bought or settled. */
  firstUnbought: number;
  readonly counts: Partial<Record<RowStatus, number>>;
  /** Row number of every run that ever was ours, earlier attempts included. */
  readonly runs: Map<string, number>;
  /** Runs already told as surplus. */
  readonly surplus: Set<string>;
  readonly batches: Map<number, OutstandingBatch>;
  lastBatch: number;
  holder: { readonly name: string; readonly seq: number } | undefined;
  blocked: IngestBlock | undefined;
  reported: ReportedStatus | undefined;
  /** When the last row moved or work was added, Unix milliseconds by the log. */
  progressAt: number;
  expired: boolean;
}

export const initialGroup = (groupId: string): IngestGroup => ({
  groupId,
  positions: { seen: 0, group: 0, command: 0, ingest: 0, notify: 0 },
  staged: new Map(),
  header: undefined,
  chunks: [],
  rows: [],
  firstUnbought: 0,
  counts: {},
  runs: new Map(),
  surplus: new Set(),
  batches: new Map(),
  lastBatch: 0,
  holder: undefined,
  blocked: undefined,
  reported: undefined,
  progressAt: 0,
  expired: false,
});

export type RowRef = { readonly number: number; readonly row: IngestRow };

export const keyOf = ({ number, row }: RowRef): RowKey => `${number}.${row.attempt}`;

/** Whether there is anything left for an ingestor to do. */
export const isOpen = (state: IngestGroup): boolean =>
  state.header !== undefined &&
  !state.expired &&
  !state.header.deleted &&
  state.header.completedGeneration < state.header.generation;

const settled: readonly RowStatus[] = ['completed', 'failed', 'cancelled', 'action_required', 'rejected'];

/** Rows whose end is not known yet. */
export const unsettledRows = (state: IngestGroup): number =>
  state.rows.length - settled.reduce((sum, status) => sum + (state.counts[status] ?? 0), 0);

/** Rows that have a run upstream which has not ended. */
export const activeRuns = (state: IngestGroup): number =>
  state.rows.reduce((sum, row) => sum + (row.runId !== null && !settled.includes(row.status) ? 1 : 0), 0);

/** Counts in a form that can be compared, whatever the order in which statuses came up. */
export const countsText = (counts: Readonly<Record<string, number>>): string =>
  JSON.stringify(Object.entries(counts).sort(([a], [b]) => (a < b ? -1 : 1)));
