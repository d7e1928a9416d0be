import type { GroupSpec, GroupWarning, RowInput, RunStatus, TaskRun, TaskRunOutput } from '@multitask/contracts';

/** A row's status: its run's, `queued` before it is bought, `rejected` when the upstream or a limit refused it. */
export type RowStatus = RunStatus | 'rejected';

export interface Refusal {
  readonly code: string;
  readonly message: string;
}

export interface RunResult {
  readonly run: TaskRun;
  readonly output: TaskRunOutput | null;
}

/** One row of a group as readers see it. */
export interface RowView {
  readonly row: number;
  readonly input: RowInput;
  /** Counts purchases; a retry starts the next one. */
  attempt: number;
  status: RowStatus;
  /** Null until the row is bought. */
  runId: string | null;
  /** The run as last reported; null until a report arrived. */
  run: TaskRun | null;
  output: TaskRunOutput | null;
  refusal: Refusal | null;
  /** Earlier runs of this row, oldest first. */
  previous: RunResult[];
  /** Sequence of the last event that changed this row. */
  updatedSeq: number;
}

export interface Blocked {
  readonly reason: 'credit' | 'key_refused' | 'upstream_down';
  readonly message: string;
  readonly nextTryAt: string;
}

export type WebhookState = 'none' | 'pending' | 'delivered' | 'given_up';

/** What is known of a group apart from its rows. Times are RFC 3339. */
export interface GroupHeader {
  readonly groupId: string;
  /** Sequence of the last event that is in this view. */
  seq: number;
  generation: number;
  /** The last generation that completed; 0 before any did. */
  completedGeneration: number;
  spec: GroupSpec;
  warnings: GroupWarning[];
  origin: string;
  upstream: 'parallel' | 'emulator' | 'custom';
  ownerFingerprint: string;
  credentialId: string;
  webhookId: string | null;
  mcpServersId: string | null;
  createdAt: string;
  modifiedAt: string;
  completedAt: string | null;
  /** Null until the group completes. */
  expiresAt: string | null;
  expiredAt: string | null;
  cancelled: boolean;
  blocked: Blocked | null;
  webhook: WebhookState;
  estimatedCostUsd: number | null;
  /** It was made elsewhere: its rows are the runs that the upstream lists, and nothing is ever bought. */
  followed?: true;
  /** Runs in the upstream's group that are no row of ours, or a second purchase of one. */
  surplusRuns: number;
  /** How many rows are in each status; they sum to `rowCount`. Statuses without rows are absent. */
  counts: Partial<Record<RowStatus, number>>;
  rowCount: number;
}

/** A group at one position of the log: everything up to `seq` is in it and nothing above. */
export interface GroupView extends GroupHeader {
  rows: RowView[];
}

export const isSettled = (status: RowStatus): boolean =>
  status === 'completed' ||
  status === 'failed' ||
  status === 'cancelled' ||
  status === 'action_required' ||
  status === 'rejected';

/** Done means: the newest generation completed. A group without rows of work is never active. */
export const isActive = (header: Pick<GroupHeader, 'generation' | 'completedGeneration'>): boolean =>
  header.completedGeneration < header.generation;
