import type { RepairsTable, WitnessTable } from './log-watch.table';
import type { NotifyJobsTable } from './notify-job.table';
import type { CheckpointTable, GroupsTable, ParkedEventsTable, RowsTable, StagedRowsTable } from './read.table';
import type { BudgetsTable, IdempotencyRequestsTable, SecretsTable } from './truth.table';

export interface Database {
  'read.groups': GroupsTable;
  'read.rows': RowsTable;
  'read.staged_rows': StagedRowsTable;
  'read.checkpoint': CheckpointTable;
  'read.parked_events': ParkedEventsTable;
  'notify.jobs': NotifyJobsTable;
  'log.witness': WitnessTable;
  'log.repairs': RepairsTable;
  'vault.secrets': SecretsTable;
  'idempotency.requests': IdempotencyRequestsTable;
  'pacing.budgets': BudgetsTable;
}
