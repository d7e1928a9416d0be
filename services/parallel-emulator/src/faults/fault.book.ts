import type { EndpointName } from '../http/endpoint';
import type { Random } from '../research/random';
import { fingerprintOf } from '../wire/api-key';
import type { Fault, FaultKind, FaultOf } from './fault';

/** What happens, as far as a fault may look at it. */
export interface Occasion {
  readonly endpoint?: EndpointName;
  readonly path?: string;
  readonly group?: string | null;
  /** The key's fingerprint. */
  readonly key?: string | null;
}

export interface FaultReport {
  readonly id: string;
  readonly fault: Fault;
  readonly met: number;
  readonly applied: number;
}

interface Entry {
  readonly id: string;
  readonly fault: Fault;
  met: number;
  applied: number;
}

/** The faults in force. They live in memory: a restart clears them. */
export class FaultBook {
  private entries: Entry[] = [];
  private issued = 0;
  private waiting: { readonly fault: Fault; readonly resolve: () => void }[] = [];

  /** `onChange` runs after every change, so that waiting streams look again. */
  constructor(
    private readonly random: Random,
    private readonly onChange: () => void = () => {},
  ) {}

  add(faults: readonly Fault[]): void {
    this.entries.push(...faults.map((fault) => ({ id: `fault_${++this.issued}`, fault, met: 0, applied: 0 })));
    this.changed();
  }

  replace(faults: readonly Fault[]): void {
    this.entries = [];
    this.add(faults);
  }

  remove(id: string): boolean {
    const before = this.entries.length;
    this.entries = this.entries.filter((entry) => entry.id !== id);
    this.changed();
    return this.entries.length < before;
  }

  /** Resolves once a fault that was taken is in force no more. */
  removed(fault: Fault): Promise<void> {
    if (!this.entries.some((entry) => entry.fault === fault)) return Promise.resolve();
    return new Promise((resolve) => this.waiting.push({ fault, resolve }));
  }

  list(): FaultReport[] {
    return this.entries.map((entry) => ({ ...entry }));
  }

  /** The first fault of a kind that hits this occasion; taking it uses it up by one. */
  take<K extends FaultKind>(
    kind: K,
    occasion: Occasion,
    suits: (fault: FaultOf<K>) => boolean = () => true,
  ): FaultOf<K> | undefined {
    for (const entry of this.entries) {
      const fault = entry.fault as FaultOf<K>;
      if (fault.kind !== kind || !fits(fault.match, occasion) || !suits(fault)) continue;
      if (fault.times !== undefined && entry.applied >= fault.times) continue;
      entry.met++;
      if (entry.met <= fault.skip || !this.random.chance(fault.rate)) continue;
      entry.applied++;
      return fault;
    }
    return undefined;
  }

  private changed(): void {
    const inForce = new Set(this.entries.map(({ fault }) => fault));
    const over = this.waiting.filter(({ fault }) => !inForce.has(fault));
    this.waiting = this.waiting.filter(({ fault }) => inForce.has(fault));
    for (const { resolve } of over) resolve();
    this.onChange();
  }
}

function fits(match: Fault['match'], occasion: Occasion): boolean {
  if (match.group !== undefined && match.group !== occasion.group) return false;
  if (match.key !== undefined && match.key !== occasion.key && fingerprintOf(match.key) !== occasion.key) return false;
  if (match.endpoint !== undefined && !(occasion.endpoint && [match.endpoint].flat().includes(occasion.endpoint)))
    return false;
  return match.path === undefined || (occasion.path !== undefined && fitsPattern(match.path, occasion.path));
}

function fitsPattern(pattern: string, path: string): boolean {
  const expression = pattern
    .split('*')
    .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
    .join('.*');
  return new RegExp(`^${expression}$`).test(path);
}
