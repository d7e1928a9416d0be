import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import type { EventLog } from '@multitask/event-log';
import { CallerResolver, createLogger, Metrics } from '@multitask/platform';
import { eventually } from '@multitask/testing';
import type { FastifyReply } from 'fastify';
import type { GroupSource } from '../group/group.source';
import { ReaderPlaces } from './reader.places';
import { StreamMetrics } from './stream.metrics';
import type { StreamQuery } from './stream.query';
import { StreamService } from './stream.service';
import type { TailRegistry } from './tail.registry';

const logger = createLogger('test', { level: 'silent', format: 'json' });

/** An answer that remembers its status and what was written. */
function answer(method = 'GET') {
  const raw = Object.assign(new PassThrough(), {
    status: 0,
    socket: null,
    writeHead: (code: number) => (raw.status = code),
  });
  const request = { method, raw: { headers: {}, socket: { remoteAddress: '192.0.2.1' } } };
  const reply = { getHeaders: () => ({}), hijack: () => undefined, request, raw };
  return { raw, reply: reply as unknown as FastifyReply };
}

const anything = { after: undefined, follow: false } as StreamQuery;

/** With one place, and a group that can be read as often as `header` says. */
function service(header: () => Promise<object> = () => Promise.resolve({ view: {} })) {
  const log = { incarnation: () => Promise.resolve('i') } as unknown as EventLog;
  const broken = () => Promise.reject(new Error('no tail here'));
  const tails = { open: broken, close: () => Promise.resolve() } as unknown as TailRegistry;
  const metrics = new StreamMetrics(new Metrics('test', { processMetrics: false }));
  const outage = { notice: null, requireLog: () => undefined };
  const places = new ReaderPlaces({ all: 10, perAddress: 1 });
  const callers = new CallerResolver([], undefined);
  const source = { header } as unknown as GroupSource;
  return { places, streams: new StreamService(source, tails, log, outage, metrics, logger, places, callers, 1_000) };
}

it('a stream that is asked for while the process stops ends at once, so that its reader comes back elsewhere', async () => {
  const { streams } = service();
  await streams.onModuleDestroy();
  const { raw, reply } = answer();
  await streams.openGroup('tgrp_1', anything, reply);
  const text = (await raw.toArray()).join('');
  // An error would make a browser give up.
  expect(raw.status).toBe(200);
  expect(text).toMatch(/^: multitask\nretry: \d+\n\n$/);
});

describe('the place of a reader', () => {
  it('is taken while its stream is prepared', async () => {
    const { streams } = service(() => new Promise(() => undefined));
    void streams.openGroup('tgrp_1', anything, answer().reply);
    const second = streams.openGroup('tgrp_1', anything, answer().reply);
    await expect(second).rejects.toMatchObject({ code: 'rate_limited' });
    await streams.onModuleDestroy();
  });

  it.each<[string, () => ReturnType<typeof answer> | Promise<ReturnType<typeof answer>>, (() => Promise<object>)?]>([
    ['there is no such group', answer, () => Promise.reject(new Error('none'))],
    ['only the head was asked for', () => answer('HEAD')],
    ['the stream ended', answer],
    [
      'the reader left before its stream began',
      async () => {
        const gone = answer();
        await once(gone.raw.destroy(), 'close');
        return gone;
      },
    ],
  ])('is free again when %s', async (_, open, ...[header]) => {
    const { streams, places } = service(header);
    const { raw, reply } = await open();
    raw.resume();
    await streams.openGroup('tgrp_1', anything, reply).catch(() => undefined);
    await eventually(() => {
      places.take('192.0.2.1')();
      return true;
    });
    await streams.onModuleDestroy();
  });
});
