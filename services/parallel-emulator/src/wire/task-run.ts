import { timestamp } from '../engine/emulator.clock';
import type { ErrorObject } from './api-error';

export const runStatuses = [
  'queued',
  'action_required',
  'running',
  'completed',
  'failed',
  'cancelling',
  'cancelled',
] as const;
export type RunStatus = (typeof runStatuses)[number];

/** `action_required` is not active: nobody needs to wait for such a run. */
export const isActive = (status: RunStatus): boolean =>
  status === 'queued' || status === 'running' || status === 'cancelling';

export type Metadata = Record<string, string | number | boolean>;

export interface Warning {
  readonly type: 'spec_validation_warning' | 'input_validation_warning' | 'warning';
  readonly message: string;
  readonly detail?: object | null;
}

/** A run as it is kept. Times are milliseconds of the emulator's clock. */
export interface RunRecord {
  readonly runId: string;
  readonly groupId: string | null;
  readonly ordinal: number | null;
  readonly owner: string;
  readonly status: RunStatus;
  readonly processor: string;
  readonly createdAt: number;
  readonly modifiedAt: number;
  readonly metadata: Metadata | null;
  readonly warnings: readonly Warning[] | null;
  readonly error: ErrorObject | null;
}

export interface TaskRun {
  readonly run_id: string;
  readonly interaction_id: string;
  readonly status: RunStatus;
  readonly is_active: boolean;
  readonly processor: string;
  readonly metadata: Metadata | null;
  readonly created_at: string;
  readonly modified_at: string;
  readonly taskgroup_id: string | null;
  readonly warnings: readonly Warning[] | null;
  readonly error: ErrorObject | null;
}

export const taskRun = (run: RunRecord): TaskRun => ({
  run_id: run.runId,
  interaction_id: run.runId,
  status: run.status,
  is_active: isActive(run.status),
  processor: run.processor,
  metadata: run.metadata,
  created_at: timestamp(run.createdAt),
  modified_at: timestamp(run.modifiedAt),
  taskgroup_id: run.groupId,
  warnings: run.warnings,
  error: run.status === 'failed' ? run.error : null,
});
