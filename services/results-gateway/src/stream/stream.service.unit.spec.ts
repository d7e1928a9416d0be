import { PassThrough } from 'node:stream';
import type { EventLog } from '@multitask/event-log';
import { createLogger, Metrics } from '@multitask/platform';
import type { FastifyReply } from 'fastify';
import type { GroupSource } from '../group/group.source';
import { StreamMetrics } from './stream.metrics';
import type { StreamQuery } from './stream.query';
import { StreamService } from './stream.service';
import type { TailRegistry } from './tail.registry';

const logger = createLogger('test', { level: 'silent', format: 'json' });

/** An answer that remembers its status and what was written. */
function answer() {
  const raw = Object.assign(new PassThrough(), {
    status: 0,
    socket: null,
    writeHead: (code: number) => (raw.status = code),
  });
  const reply = { getHeaders: () => ({}), hijack: () => undefined, request: { method: 'GET' }, raw };
  return { raw, reply: reply as unknown as FastifyReply };
}

it('a stream that is asked for while the process stops ends at once, so that its reader comes back elsewhere', async () => {
  const source = { header: () => Promise.resolve({ view: {} }) } as unknown as GroupSource;
  const log = { incarnation: () => Promise.resolve('i') } as unknown as EventLog;
  const tails = { close: () => Promise.resolve() } as unknown as TailRegistry;
  const metrics = new StreamMetrics(new Metrics('test', { processMetrics: false }));
  const outage = { notice: null, requireLog: () => undefined };
  const limits = { maxReaders: 1, heartbeatMs: 1_000 };
  const service = new StreamService(source, tails, log, outage, metrics, logger, limits);
  await service.onModuleDestroy();
  const { raw, reply } = answer();
  await service.openGroup('tgrp_1', { after: undefined, follow: false } as StreamQuery, reply);
  const text = (await raw.toArray()).join('');
  // An error would make a browser give up.
  expect(raw.status).toBe(200);
  expect(text).toMatch(/^: multitask\nretry: \d+\n\n$/);
});
