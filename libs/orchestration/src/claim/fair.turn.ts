/**
 * Fair sharing between runs, as start-time fair queueing does it: each ready task gets a turn when it becomes ready, and among
 * tasks of one priority the lowest turn is claimed first. A run's tasks take turns one after another, so a run of 100,000 tasks
 * and a run of 3 alternate, whoever came first. Nobody looks at other runs for that, so it costs the same at any number.
 */
export interface TurnState {
  /** The turn of the task that was claimed last, over all runs. */
  readonly current: number;
  /** The last turn that was given to this run. */
  readonly lastOfRun: number;
}

/** The turns of the next `count` ready tasks of a run; a run that was idle joins at the present, not in the past. */
export function nextTurns({ current, lastOfRun }: TurnState, count: number): number[] {
  const first = Math.max(current, lastOfRun) + 1;
  return Array.from({ length: count }, (_, i) => first + i);
}
