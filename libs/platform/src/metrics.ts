import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

/** Seconds; from a local append to a slow upstream answer. */
export const latencyBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/** The metrics of one service: a registry of its own, because several services may share one process. */
export class Metrics {
  readonly registry = new Registry();

  constructor(service: string, options: { processMetrics: boolean }) {
    this.registry.setDefaultLabels({ service });
    if (options.processMetrics) collectDefaultMetrics({ register: this.registry });
  }

  counter<L extends string = string>(name: string, help: string, labelNames: L[] = []): Counter<L> {
    return new Counter({ name: `multitask_${name}`, help, labelNames, registers: [this.registry] });
  }

  gauge<L extends string = string>(name: string, help: string, labelNames: L[] = []): Gauge<L> {
    return new Gauge({ name: `multitask_${name}`, help, labelNames, registers: [this.registry] });
  }

  histogram<L extends string = string>(name: string, help: string, labelNames: L[] = []): Histogram<L> {
    return new Histogram({
      name: `multitask_${name}`,
      help,
      labelNames,
      buckets: latencyBuckets,
      registers: [this.registry],
    });
  }
}
