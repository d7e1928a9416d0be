import type { ChaosOptions } from '../options';
import type { Random } from '../random';
import type { Reporter } from '../report';

/** What every scenario gets. */
export interface Scene {
  readonly root: string;
  readonly options: ChaosOptions;
  readonly random: Random;
  readonly reporter: Reporter;
}

export type Scenario = (scene: Scene) => Promise<void>;
