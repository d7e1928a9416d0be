import type { Operation } from '../operation';
import * as attempts from './attempt.operations';
import * as claims from './claim.operations';
import * as contexts from './context.operations';
import * as enqueues from './enqueue.operations';
import * as events from './event.operations';
import * as runs from './run.operations';
import * as tasks from './task.operations';

/** Every operation, in the order in which they are documented. */
export const operations: readonly Operation[] = [runs, tasks, enqueues, claims, attempts, contexts, events].flatMap(
  (group) => Object.values(group) as Operation[],
);

const byName = new Map(operations.map((operation) => [operation.name, operation]));

export const findOperation = (name: string): Operation | undefined => byName.get(name);
