import type { Product } from './product.process';

/** Processes of each service, by what they say at /metrics of the work they have done. */
export type Work = ReadonlyMap<string, ReadonlyMap<string, number>>;

/** What counts as work of a service whose work shows in its metrics. */
const counted: Readonly<Record<string, readonly string[]>> = {
  'api-gateway': ['multitask_http_request_seconds_count'],
  'results-gateway': ['multitask_http_request_seconds_count', 'multitask_stream_first_byte_seconds_count'],
  'stream-ingestor': ['multitask_ingest_takeovers_total'],
  projector: ['multitask_projector_events_total'],
  notifier: ['multitask_webhook_attempts_total'],
};

export async function workOf(product: Product): Promise<Work> {
  const work = new Map<string, Map<string, number>>();
  for (const [name, pid] of await product.processes()) {
    const service = name.split('.')[0]!;
    const metrics = counted[service];
    if (!metrics) continue;
    const text = await product.metricsOf(pid);
    const done = metrics.reduce((sum, metric) => sum + sumOf(text, metric), 0);
    work.set(service, (work.get(service) ?? new Map<string, number>()).set(name, done));
  }
  return work;
}

/** The sum of a metric over its labels; one that is not there has not counted anything yet. */
export function sumOf(text: string, metric: string): number {
  return text
    .split('\n')
    .filter((line) => line.startsWith(`${metric}{`) || line.startsWith(`${metric} `))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
}

/** For each service, the share of each of its processes in what was done between two looks, from 0 to 1. */
export function sharesBetween(before: Work, after: Work): Map<string, Map<string, number>> {
  return new Map(
    [...after].map(([service, processes]) => {
      const done = [...processes].map(
        ([name, count]) => [name, count - (before.get(service)?.get(name) ?? 0)] as const,
      );
      const all = done.reduce((sum, [, count]) => sum + count, 0);
      return [service, new Map(done.map(([name, count]) => [name, all === 0 ? 0 : count / all]))];
    }),
  );
}
