/** What workers of the durable engine know of their tasks, and what the engine's own events say of them. */
export interface ClaimAccount {
  readonly tasks: readonly string[];
  /** Completions that the engine took, by its answer, when each came. */
  readonly taken: readonly Completion[];
  /** Tasks that ended in a completion, by the run's events, in their order: a task that is told twice is there twice. */
  readonly completed: readonly string[];
  readonly runStatus: string;
  /** Completions that were refused, having come too late: the task was somebody else's by then. */
  readonly refused: number;
}

export interface Completion {
  readonly task: string;
  readonly lease: string;
  readonly at: number;
}

/** What is wrong: tasks that were lost, that two workers both ended, or of which the engine says something else. */
export function claimFaults({ tasks, taken, completed, runStatus }: ClaimAccount): string[] {
  const leases = Map.groupBy(taken, ({ task }) => task);
  const told = new Set(completed);
  return [
    ...(runStatus === 'completed' ? [] : [`the run is ${runStatus}`]),
    ...tasks.filter((task) => !told.has(task)).map((task) => `${task} never ended`),
    ...[...leases].flatMap(([task, ends]) =>
      new Set(ends.map(({ lease }) => lease)).size > 1 ? [`${task} was ended by two workers`] : [],
    ),
    ...[...leases.keys()].filter((task) => !told.has(task)).map((task) => `${task} was taken and is not in the events`),
    ...(told.size < completed.length ? ['a task is completed twice in the events'] : []),
  ];
}

const windowMs = 10_000;
const recoveryMs = 30_000;

/** Completions a second in the ten seconds before `at`, and in the best ten of the thirty after `readyAt`. */
export function claimRates(
  { taken }: Pick<ClaimAccount, 'taken'>,
  { at, readyAt }: { readonly at: number; readonly readyAt: number },
): { readonly before: number; readonly after: number } {
  const rate = (from: number) =>
    taken.filter((end) => end.at >= from && end.at < from + windowMs).length / (windowMs / 1_000);
  let after = 0;
  for (let from = readyAt; from + windowMs <= readyAt + recoveryMs; from += 1_000) after = Math.max(after, rate(from));
  return { before: rate(at - windowMs), after };
}
