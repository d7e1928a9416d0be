import { createHash, randomUUID } from 'node:crypto';
import { OrchestrationEngine, OrchestrationError, watched, type OrchestrationStore } from '@multitask/orchestration';
import { findOperation, readInput, type Caller, type Surroundings } from '@multitask/orchestration-operations';
import { WaitingRoom } from './waiting.room';

export interface OrchestratorOptions {
  /** The lease of a claim that names none, milliseconds; default 30,000. */
  readonly defaultLeaseMs?: number;
  /** How often leases, delays and the status of runs are looked after, milliseconds; default 1,000. */
  readonly sweepEveryMs?: number;
  /** A run that has nothing left to do is sealed when nothing happened to it for so long, milliseconds; default: never. */
  readonly sealIdleAfterMs?: number;
  /** Told of what went wrong where nobody was asking. */
  readonly onFault?: (error: unknown, what: string) => void;
}

/** The engine in real time: it waits, and does by itself what falls due. Any number of them may share one store. */
export class Orchestrator implements Surroundings {
  readonly engine: OrchestrationEngine;
  readonly defaultLeaseMs: number | undefined;
  private readonly room = new WaitingRoom();
  private readonly ended = new AbortController();
  private sweeping: Promise<void> = Promise.resolve();
  private timer: NodeJS.Timeout | undefined;
  private toldFault = '';

  constructor(
    readonly store: OrchestrationStore,
    private readonly options: OrchestratorOptions = {},
  ) {
    this.defaultLeaseMs = options.defaultLeaseMs;
    this.engine = new OrchestrationEngine({
      store: watched(store, (stir) => this.room.stir(stir)),
      newId: (kind) => `${kind}_${randomUUID().replaceAll('-', '')}`,
      digest: (text) => createHash('sha256').update(text).digest('base64url'),
      sealIdleAfterMs: options.sealIdleAfterMs,
    });
    this.schedule();
  }

  readonly elapsed = (): number => performance.now();

  readonly wait: Surroundings['wait'] = (awaited, ms, signal) =>
    this.room.wait(awaited, ms, AbortSignal.any([signal, this.ended.signal]));

  /** Checks the arguments and does it. Throws `OrchestrationError` for everything that is the caller's to know. */
  async perform(name: string, input: unknown, caller: Partial<Caller> = {}): Promise<unknown> {
    const operation = findOperation(name);
    if (!operation) throw new OrchestrationError('RecordNotFoundError', 'There is no such operation.', 'name');
    return operation.perform(this, this.read(name, input), this.caller(caller));
  }

  /** The arguments as the operation takes them. Throws `ValidationError`. */
  read(name: string, input: unknown): unknown {
    return readInput(findOperation(name)!, this.withLease(name, input));
  }

  /** Whoever waits is sent home when this ends. */
  caller({ namespace, signal }: Partial<Caller>): Caller {
    return { namespace, signal: signal ? AbortSignal.any([signal, this.ended.signal]) : this.ended.signal };
  }

  /** Sends home who waits and ends the sweep; the store stays open, it may be shared. */
  async close(): Promise<void> {
    this.ended.abort();
    clearTimeout(this.timer);
    await this.sweeping;
  }

  private withLease(name: string, input: unknown): unknown {
    const isClaim = name === 'claim_next_task' || name === 'claim_tasks';
    if (!isClaim || this.defaultLeaseMs === undefined || input === null || typeof input !== 'object') return input;
    return Array.isArray(input) ? input : { leaseMs: this.defaultLeaseMs, ...input };
  }

  private schedule(): void {
    this.timer = setTimeout(() => {
      this.sweeping = this.sweep().finally(() => this.ended.signal.aborted || this.schedule());
    }, this.options.sweepEveryMs ?? 1_000);
    // A process that has nothing else to do may end.
    this.timer.unref();
  }

  private async sweep(): Promise<void> {
    try {
      await this.engine.sweep.run();
      this.toldFault = '';
    } catch (error) {
      // A store that is away stays away for a while: it is told once, not every second.
      const fault = String(error);
      if (fault !== this.toldFault) this.options.onFault?.(error, 'sweep');
      this.toldFault = fault;
    }
  }
}
