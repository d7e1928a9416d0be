import { once } from 'node:events';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';

export interface CrowdPlan {
  /** Of the group. */
  readonly url: string;
  readonly readers: number;
  /** What changes within this time after they came is left out: they are all given the whole group then. */
  readonly warmUpMs: number;
}

/**
 * Many readers that only look when each change of the group's status reached them: how old it was by `modified_at`. Reading
 * every frame of so many would take more of the machine than the product does.
 */
export class StreamCrowd {
  readonly #worker: Worker;

  constructor(root: string, plan: CrowdPlan) {
    const file = join(root, 'test/chaos/participants/stream.crowd.worker.mts');
    this.#worker = new Worker(file, { workerData: plan });
  }

  /** Sends everybody away; answers the ms from each change to its arrival at each reader, and how many were cut off. */
  async close(): Promise<{ readonly ages: Float64Array; readonly cut: number }> {
    const told = once(this.#worker, 'message');
    this.#worker.postMessage('close');
    const [seen] = (await told) as [{ ages: Float64Array; cut: number }];
    await this.#worker.terminate();
    return seen;
  }
}
