import { Body, Controller, Get, HttpException, Module, Param, Post, type DynamicModule } from '@nestjs/common';
import { MultitaskError } from '@multitask/contracts';
import { connect } from 'node:net';
import { z } from 'zod';
import { currentTrace } from '../trace/trace-context';
import type { RunningService, Service } from '../service';
import { startService } from '../service-runner';

@Controller()
class Samples {
  @Get('known')
  known() {
    throw new MultitaskError('rate_limited', 'Too fast.', { retryAfter: 1.2, field: 'inputs' });
  }

  @Get('unknown')
  unknown() {
    throw new Error('password of the database is hunter2');
  }

  @Get('missing/:id')
  missing(@Param('id') id: string) {
    throw new MultitaskError('path_not_found', `No ${id} here.`);
  }

  @Get('teapot')
  teapot() {
    throw new HttpException('short and stout', 418);
  }

  @Post('echo')
  echo(@Body() body: unknown) {
    return { body, trace: currentTrace() };
  }
}

@Module({ controllers: [Samples] })
class SamplesModule {}

const samples: Service<object> = {
  name: 'samples',
  config: z.object({}),
  module: (): DynamicModule => ({ module: SamplesModule }),
  http: { bodyLimit: 100 },
};

describe('an HTTP service', () => {
  let service: RunningService;
  let origin: string;
  beforeAll(async () => {
    service = await startService(samples, { LOG_LEVEL: 'silent' }, { processMetrics: false });
    origin = `http://127.0.0.1:${service.port}`;
  });
  afterAll(() => service.close());

  const post = (body: string, type = 'application/json', headers: Record<string, string> = {}) =>
    fetch(`${origin}/echo`, { method: 'POST', body, headers: { 'content-type': type, ...headers } });

  it('answers a foreseen failure with its code, field and Retry-After in whole seconds', async () => {
    const response = await fetch(`${origin}/known`);
    expect(response.status).toBe(429);
    expect(response.headers.get('content-type')).toContain('application/problem+json');
    expect(response.headers.get('retry-after')).toBe('2');
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(await response.json()).toEqual({
      type: 'urn:multitask:error:rate_limited',
      title: 'Too many requests',
      status: 429,
      detail: 'Too fast.',
      code: 'rate_limited',
      retryable: true,
      field: 'inputs',
    });
  });

  it.each(['unknown', 'teapot'])('says nothing of its own about an unforeseen failure (%s)', async (path) => {
    const response = await fetch(`${origin}/${path}`);
    const text = await response.text();
    expect(response.status).toBe(500);
    expect(JSON.parse(text)).toMatchObject({ code: 'internal', retryable: true });
    expect(text).not.toMatch(/hunter2|stout/);
  });

  it.each([
    ['a body over the limit', () => post(JSON.stringify({ a: 'x'.repeat(200) })), 413, 'too_large'],
    ['broken JSON', () => post('{"a":'), 400, 'malformed_body'],
    ['an empty JSON body', () => post(''), 400, 'malformed_body'],
    ['a prototype in the body', () => post('{"__proto__":{"admin":true}}'), 400, 'malformed_body'],
    ['an unknown content type', () => post('<a/>', 'application/xml'), 415, 'unsupported_media_type'],
    ['an unknown path', () => fetch(`${origin}/nowhere`), 404, 'path_not_found'],
    ['a path that is no path', () => fetch(`${origin}/%zz`), 404, 'path_not_found'],
    ['a far too long path', () => fetch(`${origin}/missing/${'x'.repeat(400)}`), 404, 'path_not_found'],
    ['a path a handler knows nothing about', () => fetch(`${origin}/missing/7`), 404, 'path_not_found'],
  ])('answers %s from the registry', async (_, request, status, code) => {
    const response = await request();
    expect(await response.json()).toMatchObject({ status, code, type: `urn:multitask:error:${code}` });
    expect(response.status).toBe(status);
  });

  it('answers a wrong method with 405 and the methods there are', async () => {
    const response = await fetch(`${origin}/missing/7?x=1`, { method: 'DELETE' });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('GET, HEAD');
    expect(await response.json()).toMatchObject({ code: 'method_not_allowed' });
  });

  it('answers what is not HTTP with a problem too', async () => {
    const socket = connect(service.port!, '127.0.0.1');
    socket.end('nonsense\r\n\r\n');
    const chunks: Buffer[] = [];
    for await (const chunk of socket) chunks.push(chunk as Buffer);
    expect(Buffer.concat(chunks).toString()).toMatch(/^HTTP\/1\.1 400 [^]*"code":"malformed_body"/);
  });

  it.each([
    ['headers', 'GET /known HTTP/1.1\r\nhost: x\r\nx-', { headersTimeoutMs: 300 }],
    [
      'a body',
      'POST /echo HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 50\r\n\r\n{',
      { headersTimeoutMs: 300, requestTimeoutMs: 600 },
    ],
  ])(
    'answers 408 to %s without an end, and leaves others alone',
    async (_, begun, limits) => {
      const impatient = { ...samples, http: { ...samples.http, ...limits } };
      const slow = await startService(impatient, { LOG_LEVEL: 'silent' }, { processMetrics: false });
      try {
        const socket = connect(slow.port!, '127.0.0.1');
        socket.write(begun);
        const chunks: Buffer[] = [];
        for await (const chunk of socket) chunks.push(chunk as Buffer);
        expect(Buffer.concat(chunks).toString()).toMatch(/^HTTP\/1\.1 408 [^]*"code":"request_timeout"/);
        expect((await fetch(`http://127.0.0.1:${slow.port}/known`)).status).toBe(429);
      } finally {
        await slow.close();
      }
    },
    // Less than the minute of Node's own limit on headers.
    50_000,
  );

  it('continues the caller’s trace, keeps a harmless request id and replaces any other', async () => {
    const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
    const parent = '00f067aa0ba902b7';
    const response = await post('{}', 'application/json', {
      traceparent: `00-${traceId}-${parent}-01`,
      'x-request-id': 'mine-1',
    });
    expect(response.headers.get('x-request-id')).toBe('mine-1');
    const { trace } = (await response.json()) as { trace: Record<string, unknown> };
    expect(trace).toMatchObject({ traceId, sampled: true, requestId: 'mine-1' });
    expect(trace.spanId).not.toBe(parent);

    const other = await post('{}', 'application/json', { 'x-request-id': 'a b"c' });
    expect(other.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });
});
