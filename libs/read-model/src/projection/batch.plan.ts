import { parseRowKey, reportsIn, type RecordedEvent } from '@multitask/contracts';

/** What of a group must be known before a batch of its events can be folded. */
export interface LoadPlan {
  readonly groupId: string;
  readonly events: RecordedEvent[];
  /** Rows that reports name; their state suffices, not their results. */
  readonly reported: Set<number>;
  /** Rows that are tried again; their results move into `previous`. */
  readonly retried: Set<number>;
  /** Batches of staged rows that a command commits. */
  readonly committed: Set<string>;
  /** A cancel touches every row that is not bought. */
  allUnbought: boolean;
}

/** Sorts a batch by group and says what each group needs. Order within a group is kept. */
export function planLoads(events: readonly RecordedEvent[]): LoadPlan[] {
  const plans = new Map<string, LoadPlan>();
  for (const event of events) {
    const plan = plans.get(event.groupId) ?? newPlan(event.groupId);
    plans.set(event.groupId, plan);
    plan.events.push(event);
    need(plan, event);
  }
  return [...plans.values()];
}

const newPlan = (groupId: string): LoadPlan => ({
  groupId,
  events: [],
  reported: new Set(),
  retried: new Set(),
  committed: new Set(),
  allUnbought: false,
});

function need(plan: LoadPlan, event: RecordedEvent): void {
  switch (event.name) {
    case 'GroupCreated':
    case 'InputsAppended':
      plan.committed.add(event.data.batch_id);
      return;
    case 'RunsAdded':
    case 'RunsRejected':
      for (const run of event.data.runs) addKey(plan, run.key);
      return;
    case 'RunUpdated':
    case 'RunsUpdated':
      for (const { key } of reportsIn(event)) addKey(plan, key);
      return;
    case 'RetryRequested':
      for (const row of event.data.rows) plan.retried.add(row);
      return;
    case 'CancelRequested':
    case 'DeleteRequested':
      plan.allUnbought = true;
      return;
    default:
  }
}

function addKey(plan: LoadPlan, key: string): void {
  const parsed = parseRowKey(key);
  if (parsed) plan.reported.add(parsed.row);
}
