import { apiGateway } from '@multitask/api-gateway';
import { notifier } from '@multitask/notifier';
import { orchestrator } from '@multitask/orchestrator';
import { parallelEmulator } from '@multitask/parallel-emulator';
import { startService, type RunningService, type Service } from '@multitask/platform';
import { projector } from '@multitask/projector';
import { resultsGateway } from '@multitask/results-gateway';
import { streamIngestor } from '@multitask/stream-ingestor';
import type { House, ReplicaPlan } from './house';
import type { ServiceName } from './service-names';

// Each service has settings of its own type; here they are only started, each with its own environment.
// oxlint-disable-next-line typescript/no-explicit-any
const services: Record<ServiceName, Service<any>> = {
  'api-gateway': apiGateway,
  'stream-ingestor': streamIngestor,
  projector,
  'results-gateway': resultsGateway,
  orchestrator,
  notifier,
  'parallel-emulator': parallelEmulator,
};

/** All services in this process: the least memory and the fastest start. */
export class OneProcess implements House {
  private readonly running: RunningService[] = [];

  async start(plan: ReplicaPlan) {
    const processMetrics = this.running.length === 0;
    const environment = plan.environment({ port: plan.port, opsPort: 0 });
    const service = await startService(services[plan.service], environment, { processMetrics });
    this.running.push(service);
    return service.port === undefined ? undefined : { host: '127.0.0.1', port: service.port };
  }

  restart(): Promise<void> {
    return Promise.reject(new Error('Only a service in a process of its own can be restarted: use --processes.'));
  }

  async stop(timeoutMs: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, timeoutMs)));
    await Promise.race([Promise.allSettled(this.running.map((service) => service.close())), late]);
    clearTimeout(timer);
  }
}
