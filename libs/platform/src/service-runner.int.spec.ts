import { Controller, Get, Module, type DynamicModule, type OnApplicationShutdown } from '@nestjs/common';
import { eventually } from '@multitask/testing';
import { z } from 'zod';
import type { Service } from './service';
import { startService } from './service-runner';

/** Lets a test hold a request, and see what the service did in which order. */
const held = { started: Promise.withResolvers<void>(), finish: Promise.withResolvers<void>(), order: [] as string[] };

@Controller()
class Slow {
  @Get('slow/:id')
  async slow() {
    held.started.resolve();
    await held.finish.promise;
    held.order.push('answered');
    return 'done';
  }
}

class Resource implements OnApplicationShutdown {
  onApplicationShutdown() {
    held.order.push('resource closed');
  }
}

@Module({ controllers: [Slow], providers: [Resource] })
class SampleModule {}

const sample: Service<{ NAME: string }> = {
  name: 'sample',
  config: z.object({ NAME: z.string().default('x') }),
  module: ({ config }): DynamicModule => {
    if (config.NAME === 'broken') throw new Error('cannot be built');
    return { module: SampleModule };
  },
  http: {},
};
const quiet = { LOG_LEVEL: 'silent' };

describe('startService', () => {
  it('serves probes and metrics on a port of their own, and finishes requests under way before it closes', async () => {
    const service = await startService(sample, quiet, { processMetrics: false });
    const operations = `http://127.0.0.1:${service.opsPort}`;
    for (const probe of ['livez', 'readyz', 'startupz'])
      expect((await fetch(`${operations}/${probe}`)).status).toBe(200);
    expect((await fetch(`${operations}/`)).status).toBe(404);

    const answer = fetch(`http://127.0.0.1:${service.port}/slow/secret-id`);
    await held.started.promise;
    const closing = service.close();
    expect((await service.health.ready()).ok).toBe(false);
    held.finish.resolve();
    expect(await (await answer).text()).toBe('done');
    await closing;
    expect(held.order).toEqual(['answered', 'resource closed']);
    await expect(fetch(`${operations}/livez`)).rejects.toThrow();
    await expect(service.close()).resolves.toBeUndefined();
  });

  it('lets whoever sends requests know that it is leaving, and still answers them meanwhile', async () => {
    const service = await startService(sample, { ...quiet, DRAIN_MS: '500' }, { processMetrics: false });
    const ask = () => fetch(`http://127.0.0.1:${service.port}/nowhere`);
    expect((await ask()).headers.get('connection')).toBe('keep-alive');
    const closing = service.close();
    expect((await service.health.ready()).ok).toBe(false);
    const answer = await ask();
    expect([answer.status, answer.headers.get('connection')]).toEqual([404, 'close']);
    await closing;
    await expect(ask()).rejects.toThrow();
  });

  it('times requests by the route’s pattern, never by its path', async () => {
    const service = await startService(sample, quiet, { processMetrics: false });
    try {
      await fetch(`http://127.0.0.1:${service.port}/slow/secret-id`);
      await fetch(`http://127.0.0.1:${service.port}/nowhere/secret-id`);
      const text = async () => (await fetch(`http://127.0.0.1:${service.opsPort}/metrics`)).text();
      await eventually(async () => /_count\{.*route="\/slow\/:id",status="200"\} 1/.test(await text()));
      await eventually(async () => /_count\{.*route="unknown",status="404"\} 1/.test(await text()));
      expect(await text()).not.toContain('secret-id');
    } finally {
      await service.close();
    }
  });

  it('leaves nothing open when it cannot start', async () => {
    const first = await startService(sample, quiet, { processMetrics: false });
    const opsPort = first.opsPort;
    await first.close();
    const env = { ...quiet, OPS_PORT: String(opsPort) };
    await expect(startService(sample, { ...env, NAME: 'broken' }, { processMetrics: false })).rejects.toThrow(
      'cannot be built',
    );
    const again = await startService(sample, env, { processMetrics: false });
    expect(again.opsPort).toBe(opsPort);
    await again.close();
  });
});
