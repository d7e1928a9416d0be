import type { Target, Targets } from './targets';

/** A replica that is told to stop is unready for a second before it stops: four looks. */
const lookEveryMs = 250;
/** Whoever takes longer than this to say that it is ready is not. */
const patienceMs = 1_000;

/** Asks the replicas of services that have several whether they are ready, as a load balancer does. */
export class ReadinessWatch {
  private readonly timer: NodeJS.Timeout;
  private readonly asking = new Set<Target>();

  constructor(
    private readonly targets: Targets,
    everyMs = lookEveryMs,
  ) {
    this.timer = setInterval(() => this.look(), everyMs).unref();
  }

  close(): void {
    clearInterval(this.timer);
  }

  private look(): void {
    for (const target of this.targets.replicated) {
      if (target.opsPort === undefined || this.asking.has(target)) continue;
      this.asking.add(target);
      void isReady(target.host, target.opsPort).then((ready) => {
        this.asking.delete(target);
        this.targets.setReady(target, ready);
      });
    }
  }
}

async function isReady(host: string, opsPort: number): Promise<boolean> {
  try {
    const answer = await fetch(`http://${host}:${opsPort}/readyz`, { signal: AbortSignal.timeout(patienceMs) });
    await answer.body?.cancel();
    return answer.ok;
  } catch {
    return false;
  }
}
