import type { Ledger } from '../ledger';

export type InvariantName = 'I1' | 'I2' | 'I3' | 'I4' | 'I5' | 'I6' | 'I7';

export interface Violation {
  readonly invariant: InvariantName;
  /** Whose it is: a group, or what else the sentence is about. */
  readonly about: string;
  /** What is wrong, with what was expected and what was found. */
  readonly says: string;
}

/** Looks at a whole round and tells everything that is wrong with it. */
export type Invariant = (ledger: Ledger) => Violation[];

/** Gives an invariant's sentences their name. */
export function collector(invariant: InvariantName) {
  const violations: Violation[] = [];
  const report = (about: string, says: string): void => void violations.push({ invariant, about, says });
  return { violations, report };
}

/** The id the group is known by: that of the first answer. */
export const idOf = (group: Ledger['groups'][number]): string => group.answers[0]!.id;
