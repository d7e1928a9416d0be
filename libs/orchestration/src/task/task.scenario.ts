import type { Task } from '../model/task';
import { decideClaim } from './claim.decider';

/** What the specs of this lib are told in. */
export const now = Date.UTC(2026, 0, 1);
export const claim = { leaseId: 'lease_1', workerId: 'worker' };

export const queued = (changes: Partial<Task> = {}): Task => ({
  id: 'task_1',
  runId: 'run_1',
  key: null,
  kind: 'work',
  status: 'queued',
  priority: 0,
  maxAttempts: null,
  attemptCount: 0,
  claimCount: 0,
  retry: null,
  timeoutMs: null,
  notBefore: null,
  input: null,
  output: null,
  metadata: {},
  error: null,
  contextSnapshotId: null,
  lease: null,
  dependsOnTaskIds: [],
  unmetDependencies: 0,
  onDependencyFailure: 'skip',
  dead: false,
  createdAt: now,
  updatedAt: now,
  startedAt: null,
  completedAt: null,
  ...changes,
});

export const leased = (changes: Partial<Task> = {}): Task =>
  decideClaim(queued(changes), { ...claim, lengthMs: 30_000 }, now).task;
