import type { JsonObject } from '@multitask/contracts';

export const orchestrationEventTypes = [
  ...['run.created', 'run.status.changed', 'run.sealed', 'run.cancelled', 'run.pruned'],
  ...['task.enqueued', 'task.claimed', 'task.lease_heartbeat', 'task.running', 'task.blocked', 'task.waiting_input'],
  ...['task.resumed', 'task.completed', 'task.failed', 'task.released', 'task.lease_expired', 'task.dead_lettered'],
  ...['task.requeued_from_dlq', 'task.cancelled', 'task.skipped', 'context.snapshot.created'],
] as readonly OrchestrationEventType[];

export type OrchestrationEventType =
  | `run.${'created' | 'status.changed' | 'sealed' | 'cancelled' | 'pruned'}`
  | `task.${'enqueued' | 'claimed' | 'lease_heartbeat' | 'running' | 'blocked' | 'waiting_input' | 'resumed'}`
  | `task.${'completed' | 'failed' | 'released' | 'lease_expired' | 'dead_lettered' | 'requeued_from_dlq'}`
  | `task.${'cancelled' | 'skipped'}`
  | 'context.snapshot.created';

/** A fact before the store gave it its number. */
export interface OrchestrationFact {
  readonly type: OrchestrationEventType;
  readonly runId: string;
  readonly taskId: string | null;
  readonly data: JsonObject;
}

/** A fact as it is read: ids are integers in the order of the facts, with gaps. */
export interface OrchestrationEvent extends OrchestrationFact {
  readonly id: number;
  readonly createdAt: number;
}
