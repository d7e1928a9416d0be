import { freePort, startChild, type Child } from '@multitask/local-infrastructure';
import type { Logger } from '@multitask/platform';
import { dirname, join } from 'node:path';
import type { DataFolder } from '../data-folder';
import { SupervisedProcess } from '../supervision/supervised.process';
import type { House, ReplicaPlan } from './house';
import { inspectFlag } from './inspect-flag';
import { processName, type ServiceName } from './service-names';

/** Nest on two busy cores needs about 4 s until a service is ready. */
const readyTimeoutMs = 60_000;

export interface ManyProcessesOptions {
  readonly folder: DataFolder;
  readonly logger: Logger;
  readonly stopTimeoutMs: number;
  /** `<service>` or `<service>:<port>`: the service that waits for a debugger to attach. */
  readonly inspect?: string;
}

/** Each replica in a process of its own, on the same ports however often it dies. */
export class ManyProcesses implements House {
  private readonly processes = new Map<string, { service: ServiceName; process: SupervisedProcess }>();

  constructor(private readonly options: ManyProcessesOptions) {}

  async start(plan: ReplicaPlan) {
    const name = processName(plan.service, plan.replica);
    const port = plan.port || (await freePort());
    const opsPort = await freePort();
    const environment = plan.environment({ port, opsPort });
    const process = new SupervisedProcess({
      name,
      pidFile: this.options.folder.pidFile(name),
      logger: this.options.logger,
      start: () => this.launch(plan, environment as NodeJS.ProcessEnv),
      ready: (child) => untilReady(name, opsPort, child),
      stopTimeoutMs: this.options.stopTimeoutMs,
    });
    this.processes.set(name, { service: plan.service, process });
    await process.start();
    return { host: '127.0.0.1', port, opsPort };
  }

  async restart(service: ServiceName): Promise<void> {
    const replicas = [...this.processes.values()].filter((entry) => entry.service === service);
    // One after the other: its fellows do the work meanwhile.
    for (const entry of replicas) await entry.process.restart();
  }

  async stop(): Promise<void> {
    await Promise.allSettled([...this.processes.values()].map((entry) => entry.process.stop()));
  }

  private launch(plan: ReplicaPlan, env: NodeJS.ProcessEnv): Promise<Child> {
    const flags = ['--enable-source-maps', ...inspectFlag(this.options.inspect, plan.service, plan.replica)];
    return startChild(process.execPath, {
      args: [...flags, entryOf(plan.service)],
      env,
      stdio: ['ignore', 'inherit', 'inherit'],
    });
  }
}

const entryOf = (service: ServiceName) =>
  join(dirname(require.resolve(`@multitask/${service}/package.json`)), 'dist/main.js');

async function untilReady(name: string, opsPort: number, child: Child): Promise<void> {
  const deadline = Date.now() + readyTimeoutMs;
  let last = 'no answer';
  while (Date.now() < deadline) {
    if (!child.running()) throw new Error(`${name} ended while starting: ${JSON.stringify(await child.exited)}`);
    try {
      const answer = await fetch(`http://127.0.0.1:${opsPort}/readyz`, { signal: AbortSignal.timeout(5_000) });
      if (answer.ok) return;
      last = await answer.text();
    } catch {
      // It does not listen yet.
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${name} was not ready within ${readyTimeoutMs / 1000} s: ${last}`);
}
