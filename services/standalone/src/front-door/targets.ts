/** Where one replica of a service listens. */
export interface Target {
  readonly host: string;
  readonly port: number;
}

/** The replicas of each service, in turn. */
export class Targets {
  private readonly byService = new Map<string, { targets: readonly Target[]; next: number }>();

  set(service: string, targets: readonly Target[]): void {
    this.byService.set(service, { targets, next: 0 });
  }

  /** Every replica once, beginning with the one whose turn it is; empty for a service that is not here. */
  inTurn(service: string): readonly Target[] {
    const entry = this.byService.get(service);
    if (!entry || entry.targets.length === 0) return [];
    const first = entry.next++ % entry.targets.length;
    return [...entry.targets.slice(first), ...entry.targets.slice(0, first)];
  }
}
