import type { ChangeSet } from '../store/change-set';

/** One change out of several, in this order. */
export const mergeChanges = (...parts: readonly ChangeSet[]): ChangeSet => ({
  runs: parts.flatMap(({ runs = [] }) => runs),
  tasks: parts.flatMap(({ tasks = [] }) => tasks),
  attempts: parts.flatMap(({ attempts = [] }) => attempts),
  attemptMoves: parts.flatMap(({ attemptMoves = [] }) => attemptMoves),
  snapshots: parts.flatMap(({ snapshots = [] }) => snapshots),
  facts: parts.flatMap(({ facts = [] }) => facts),
  answers: parts.flatMap(({ answers = [] }) => answers),
  told: parts.flatMap(({ told = [] }) => told),
  untold: parts.flatMap(({ untold = [] }) => untold),
});
