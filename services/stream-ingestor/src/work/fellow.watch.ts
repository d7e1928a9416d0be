import { setTimeout as sleep } from 'node:timers/promises';
import type { Lease, LeaseStore } from '@multitask/event-log';
import type { Logger } from '@multitask/platform';
import { Pulse } from '../group/pulse';

export interface FellowTools {
  readonly leases: LeaseStore;
  /** Name of this replica. */
  readonly name: string;
  /** How long a silent holder keeps a group. */
  readonly leaseMs: number;
  readonly logger: Logger;
}

const family = 'ingest-replica';
const lookEveryMs = 1_000;
/** The server ends leases by whole seconds, and not to the millisecond. */
const lateMs = 2_000;

/** Which other ingestors are alive: each keeps a lease on its own name. There is one key per replica, so looking is cheap. */
export class FellowWatch {
  /** Rings when one came or went. */
  readonly changed = new Pulse();
  private presence: Lease | undefined;
  private alive: ReadonlySet<string> = new Set();
  private lostAt = -Infinity;

  constructor(private readonly tools: FellowTools) {}

  get others(): ReadonlySet<string> {
    return this.alive;
  }

  /** A replica is gone, and groups it held may become free any moment: leases end one after the other. */
  get lostOneLately(): boolean {
    return performance.now() - this.lostAt < this.tools.leaseMs + lateMs;
  }

  /** Until the signal aborts; the others are then told that this one is gone. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.look().catch((error: unknown) =>
        this.tools.logger.debug({ err: error }, 'no sight of other replicas'),
      );
      await sleep(lookEveryMs, undefined, { signal }).catch(() => undefined);
    }
    await this.presence?.release();
  }

  private async look(): Promise<void> {
    const { leases, name } = this.tools;
    if (!this.presence || this.presence.lost.aborted)
      this.presence = await leases.acquire(`${family}.${name.replaceAll(/[^\w-]/g, '-')}`, name);
    const found = new Set((await leases.holders(family)).values());
    found.delete(name);
    const before = this.alive;
    this.alive = found;
    const left = [...before].some((other) => !found.has(other));
    if (left) this.lostAt = performance.now();
    if (left || [...found].some((other) => !before.has(other))) this.changed.ring();
  }
}
