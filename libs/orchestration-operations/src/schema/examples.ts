const at = '2026-11-21T14:00:00.000Z';

export const runExample = {
  id: 'run_6f1c',
  namespace: 'default',
  externalId: null,
  status: 'pending' as const,
  metadata: {},
  currentContextSnapshotId: null,
  sealed: false,
  createdAt: at,
  updatedAt: at,
};

export const taskExample = {
  id: 'task_02ab',
  runId: 'run_6f1c',
  key: 'fetch',
  kind: 'fetch',
  status: 'queued' as const,
  priority: 0,
  maxAttempts: 3,
  attemptCount: 0,
  retry: { delayMs: 1_000, backoff: 'exponential' as const, maxDelayMs: 60_000 },
  timeoutMs: null,
  notBefore: null,
  input: { url: 'https://example.org' },
  output: null,
  metadata: {},
  error: null,
  contextSnapshotId: null,
  leaseId: null,
  leasedBy: null,
  leaseExpiresAt: null,
  dependsOnTaskIds: [],
  onDependencyFailure: 'skip' as const,
  dead: false,
  createdAt: at,
  updatedAt: at,
  startedAt: null,
  completedAt: null,
};

export const tripleExample = { taskId: 'task_02ab', leaseId: 'lease_91de', workerId: 'worker-1' };

export const leaseExample = {
  id: 'lease_91de',
  taskId: 'task_02ab',
  workerId: 'worker-1',
  status: 'active' as const,
  fencingToken: 1,
  leaseMs: 30_000,
  acquiredAt: at,
  expiresAt: '2026-11-21T14:00:30.000Z',
};

export const heldExample = {
  ...taskExample,
  status: 'leased' as const,
  attemptCount: 1,
  leaseId: leaseExample.id,
  leasedBy: leaseExample.workerId,
  leaseExpiresAt: leaseExample.expiresAt,
};

export const claimExample = {
  run: { ...runExample, status: 'active' as const },
  task: heldExample,
  attempt: {
    id: 'attempt_77f0',
    taskId: 'task_02ab',
    number: 1,
    workerId: 'worker-1',
    leaseId: 'lease_91de',
    status: 'leased' as const,
    contextSnapshotId: null,
    startedAt: at,
    endedAt: null,
  },
  lease: leaseExample,
};

export const snapshotExample = {
  id: 'snapshot_5c30',
  runId: 'run_6f1c',
  taskId: null,
  scope: 'run' as const,
  parentSnapshotId: null,
  payload: { topic: 'capitals' },
  label: 'start',
  createdAt: at,
};

export const eventExample = {
  id: 17,
  runId: 'run_6f1c',
  taskId: 'task_02ab',
  type: 'task.enqueued' as const,
  data: { kind: 'fetch', key: 'fetch' },
  createdAt: at,
};
