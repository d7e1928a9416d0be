import type { OrchestrationStore } from '../store/orchestration.store';

/** What every command needs. Ids come from outside, like the time: nothing here is left to chance. */
export interface EngineParts {
  readonly store: OrchestrationStore;
  readonly newId: (kind: 'run' | 'task' | 'lease' | 'attempt' | 'snapshot') => string;
  /** A run that has nothing left to do is sealed when nothing happened to it for so long, milliseconds; not given: never. */
  readonly sealIdleAfterMs?: number | undefined;
  /** A short text that is practically never the same for two texts. */
  readonly digest: (text: string) => string;
}
