/** One dependency a service cannot work without; resolves when it is reachable and rejects with the reason otherwise. */
export type ReadinessCheck = () => Promise<unknown>;

/** Resolves with a sentence when the process is beyond repair and should be restarted. */
export type LivenessCheck = () => string | undefined;

export interface HealthReport {
  ok: boolean;
  checks: Record<string, string>;
}

/** A check that takes longer counts as failed: probes of Kubernetes give up after 1 s by default, ours are set to 3 s. */
const checkTimeoutMs = 2_000;

/**
 * What the probes of one service ask.
 * `startup` turns true once and stays so; `ready` falls while a dependency is away or the service drains;
 * `live` fails only for what a restart can mend, so that an outage of NATS never restarts every pod.
 */
export class Health {
  private readonly readiness = new Map<string, ReadinessCheck>();
  private readonly liveness = new Map<string, LivenessCheck>();
  private started = false;
  private draining = false;

  addReadiness(name: string, check: ReadinessCheck): void {
    this.readiness.set(name, check);
  }

  addLiveness(name: string, check: LivenessCheck): void {
    this.liveness.set(name, check);
  }

  markStarted(): void {
    this.started = true;
  }

  markDraining(): void {
    this.draining = true;
  }

  get isDraining(): boolean {
    return this.draining;
  }

  startup(): HealthReport {
    return { ok: this.started, checks: { started: this.started ? 'ok' : 'still starting' } };
  }

  live(): HealthReport {
    const checks: Record<string, string> = {};
    for (const [name, check] of this.liveness) checks[name] = verdictOf(check);
    return { ok: Object.values(checks).every((value) => value === 'ok'), checks };
  }

  async ready(): Promise<HealthReport> {
    if (!this.started) return this.startup();
    if (this.draining) return { ok: false, checks: { draining: 'the service is stopping' } };
    const results = await Promise.all([...this.readiness].map(async ([name, check]) => [name, await outcomeOf(check)]));
    const checks = Object.fromEntries(results) as Record<string, string>;
    return { ok: Object.values(checks).every((value) => value === 'ok'), checks };
  }
}

function verdictOf(check: LivenessCheck): string {
  try {
    return check() ?? 'ok';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

async function outcomeOf(check: ReadinessCheck): Promise<string> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve(`no answer within ${checkTimeoutMs} ms`), checkTimeoutMs);
  });
  try {
    return await Promise.race([check().then(() => 'ok'), late]);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    clearTimeout(timer);
  }
}
