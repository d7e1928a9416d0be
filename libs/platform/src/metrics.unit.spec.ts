import { Metrics } from './metrics';

describe('Metrics', () => {
  it('names metrics and service alike everywhere, and keeps services in one process apart', async () => {
    const [one, two] = [new Metrics('one', { processMetrics: false }), new Metrics('two', { processMetrics: false })];
    for (const metrics of [one, two]) metrics.counter('sent_total', 'Sent', ['outcome']).inc({ outcome: 'ok' });
    one.gauge('lag', 'Lag').set(3);
    one.histogram('wait_seconds', 'Wait').observe(0.02);
    const text = await one.registry.metrics();
    expect(text).toContain('multitask_sent_total{outcome="ok",service="one"} 1');
    expect(text).toContain('multitask_lag{service="one"} 3');
    expect(text).toContain('multitask_wait_seconds_bucket{le="0.025",service="one"} 1');
    expect(text).not.toContain('process_cpu');
    expect(await two.registry.metrics()).toContain('service="two"');
  });

  it('tells about the process where it is asked to', async () => {
    const metrics = new Metrics('one', { processMetrics: true });
    expect(await metrics.registry.metrics()).toContain('process_cpu_seconds_total');
  });
});
