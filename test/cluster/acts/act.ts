import type { House } from '../../chaos/house';
import type { FaultAccount } from '../../chaos/ledger';
import type { RoundProgress } from '../../chaos/round';
import type { Disturbance } from '../requests/request.judge';
import type { RequestWitness } from '../requests/request.witness';
import type { Release } from './release';

/** What is done to the release in a round; plain JSON, because it crosses into the cluster's network. */
export type Act = { readonly afterMs: number } & (
  | { readonly kind: 'delete'; readonly part: string }
  | { readonly kind: 'away' }
  | { readonly kind: 'change'; readonly what: string; readonly command: readonly string[] }
  | { readonly kind: 'drain'; readonly node: string }
  | { readonly kind: 'power'; readonly node: number; readonly store: boolean; readonly wish: string }
  | { readonly kind: 'scale'; readonly part: string; readonly most: number; readonly fewest: number }
);
export type ActOf<K extends Act['kind']> = Extract<Act, { kind: K }>;

/** What an act has to do with. */
export interface Stage {
  readonly house: House;
  readonly release: Release;
  readonly progress: RoundProgress;
  readonly requests: RequestWitness;
}

/** What was done and what was seen of it. */
export interface ActAccount {
  readonly fault: Omit<FaultAccount, 'checkpoints' | 'pid'>;
  readonly disturbance: Disturbance;
  /** What should have held and did not. */
  readonly faults: readonly string[];
  readonly says: string;
}

export const unnoticed = { cuts: [], breaks: [], refuses: false } as const;
