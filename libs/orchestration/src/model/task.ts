import type { JsonObject, JsonValue } from '@multitask/contracts';

export const taskStatuses = [
  ...['queued', 'leased', 'running', 'blocked', 'waiting_input'],
  ...['completed', 'failed', 'cancelled', 'skipped'],
] as readonly TaskStatus[];

export type TaskStatus = OpenTaskStatus | TaskEnd;
export type OpenTaskStatus = 'queued' | 'leased' | 'running' | 'blocked' | 'waiting_input';
export type TaskEnd = 'completed' | 'failed' | 'cancelled' | 'skipped';

/** What becomes of a task when one it depends on ends otherwise than completed. */
export type DependencyFailurePolicy = 'skip' | 'fail' | 'run';

export interface RetryPolicy {
  readonly delayMs: number;
  readonly backoff: 'fixed' | 'exponential';
  readonly maxDelayMs: number | null;
}

/** As a worker reported it: a text, or an object with a name and a message. It comes back as it was given. */
export type TaskError = JsonValue;

/** One step of a run. Times are Unix milliseconds by the server's clock. */
export interface Task {
  readonly id: string;
  readonly runId: string;
  /** Unique in its run; other tasks may depend on it by this name. */
  readonly key: string | null;
  /** What sort of worker can do it. */
  readonly kind: string;
  readonly status: TaskStatus;
  /** Higher ones first. */
  readonly priority: number;
  /** Null: not given, which is a policy of its own; see `retry.policy.ts`. */
  readonly maxAttempts: number | null;
  /** Attempts that count: released and paused ones do not. */
  readonly attemptCount: number;
  /** Claims so far, whether they count or not; the last one's fencing token. */
  readonly claimCount: number;
  readonly retry: RetryPolicy | null;
  /** One attempt's own clock, from its claim on. */
  readonly timeoutMs: number | null;
  /** Not to be claimed before. */
  readonly notBefore: number | null;
  readonly input: JsonValue;
  readonly output: JsonValue;
  readonly metadata: JsonObject;
  readonly error: TaskError;
  readonly contextSnapshotId: string | null;
  readonly lease: Lease | null;
  readonly dependsOnTaskIds: readonly string[];
  /** Of those, how many have not ended yet. */
  readonly unmetDependencies: number;
  readonly onDependencyFailure: DependencyFailurePolicy;
  /** Failed for good and may be queued again by hand. */
  readonly dead: boolean;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly startedAt: number | null;
  readonly completedAt: number | null;
}

/** The right to work on a task for a while. */
export interface Lease {
  readonly id: string;
  readonly workerId: string;
  /** Grows with every claim of the task: whoever writes elsewhere in a worker's name can refuse an older one. */
  readonly fencingToken: number;
  /** As the worker asked at the claim; a heartbeat that names no length gets the same again. */
  readonly lengthMs: number;
  readonly expiresAt: number;
  readonly claimedAt: number;
}

export const isEnd = (status: TaskStatus): status is TaskEnd =>
  status === 'completed' || status === 'failed' || status === 'cancelled' || status === 'skipped';

export const isHeld = (status: TaskStatus): boolean => status === 'leased' || status === 'running';
