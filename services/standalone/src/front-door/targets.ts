/** Where one replica of a service listens. */
export interface Target {
  readonly host: string;
  readonly port: number;
  /** Where it says whether it may get work; unset when nobody needs to ask. */
  readonly opsPort?: number;
}

/** The replicas of each service, in turn. */
export class Targets {
  private readonly byService = new Map<string, { targets: readonly Target[]; next: number }>();
  private readonly unready = new Set<Target>();

  set(service: string, targets: readonly Target[]): void {
    this.byService.set(service, { targets, next: 0 });
  }

  /** Every replica that has a fellow to stand in for it. */
  get replicated(): readonly Target[] {
    return [...this.byService.values()].flatMap(({ targets }) => (targets.length > 1 ? targets : []));
  }

  /** A replica that is not ready is asked last: when no other is ready either, it may still answer. */
  setReady(target: Target, ready: boolean): void {
    if (ready) this.unready.delete(target);
    else this.unready.add(target);
  }

  /** Every replica once, beginning with the one whose turn it is; empty for a service that is not here. */
  inTurn(service: string): readonly Target[] {
    const entry = this.byService.get(service);
    if (!entry || entry.targets.length === 0) return [];
    const first = entry.next++ % entry.targets.length;
    const all = [...entry.targets.slice(first), ...entry.targets.slice(0, first)];
    const ready = all.filter((target) => !this.unready.has(target));
    return [...ready, ...all.filter((target) => this.unready.has(target))];
  }
}
