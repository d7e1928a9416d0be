import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { createServer as createTcpServer, type AddressInfo } from 'node:net';
import { pipeline, Readable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { inspect } from 'node:util';
import { createGzip, gzipSync, brotliCompressSync, deflateSync } from 'node:zlib';
import { createLogger } from '@multitask/platform';
import { eventually, forbiddenAddresses, forbiddenUrls } from '@multitask/testing';
import { createOutboundClient, type OutboundClient, type OutboundOptions } from './outbound.client';
import { OutboundError } from './outbound.errors';

const logger = createLogger('test', { level: 'silent', format: 'json' });
const megabyte = 1024 * 1024;
const calm = { maxBytes: megabyte, timeoutMs: 10_000 };

const client = (options: Partial<OutboundOptions> = {}): OutboundClient =>
  createOutboundClient({ allowPrivate: false, allow: [], userAgent: 'Multitask/test', logger, ...options });

const failureOf = async (work: Promise<unknown>): Promise<OutboundError> => {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(OutboundError);
  return error as OutboundError;
};

describe('addresses that must never be called', () => {
  const canary = createTcpServer((socket) => socket.destroy());
  let connections = 0;
  let port: number;
  beforeAll(async () => {
    canary.on('connection', () => connections++);
    canary.listen(0, '::');
    await once(canary, 'listening');
    port = (canary.address() as AddressInfo).port;
  });
  afterAll(() => canary.close());
  afterEach(() => expect(connections).toBe(0));

  const urls = forbiddenUrls(0);
  it.each(urls.map((url, index) => [url.slice(0, 60), index] as const))('never calls %s', async (_, index) => {
    await using outbound = disposable(client({ resolve: async () => [{ address: '127.0.0.1', family: 4 }] }));
    const url = forbiddenUrls(port)[index]!;
    expect((await failureOf(outbound.get(url, calm))).fault).toBe('not_allowed');
    expect((await failureOf(outbound.post(url, '{}', {}, { timeoutMs: 5_000, maxResponseBytes: 10 }))).fault).toBe(
      'not_allowed',
    );
  });

  it.each(forbiddenAddresses)('never follows a name to %s', async (address) => {
    await using outbound = disposable(
      client({ resolve: async () => [{ address, family: address.includes(':') ? 6 : 4 }] }),
    );
    const error = await failureOf(outbound.get(`http://innocent.example:${port}/`, calm));
    expect(error.fault).toBe('not_allowed');
    expect(error.message).toBe('innocent.example is not on the public internet.');
  });

  it('reaches the canary when it is allowed, so that the counts above mean something', async () => {
    await using outbound = disposable(client({ allow: [`127.0.0.1:${port}`] }));
    await failureOf(outbound.get(`http://127.0.0.1:${port}/`, calm));
    expect(connections).toBe(1);
    connections = 0;
  });

  it.each(['redirect', 'named-redirect', 'scheme-redirect', 'odd-redirect'])(
    'does not follow a %s there',
    async (path) => {
      const targets: Record<string, string> = {
        redirect: `http://127.0.0.1:${port}/`,
        'named-redirect': `http://rebound.example:${port}/`,
        'scheme-redirect': 'file:///etc/passwd',
        'odd-redirect': `//0x7f.1:${port}/`,
      };
      await using origin = await serving((_, response) => response.writeHead(302, { location: targets[path] }).end());
      await using outbound = disposable(
        client({ allow: [origin.host], resolve: async () => [{ address: '127.0.0.1', family: 4 }] }),
      );
      expect((await failureOf(outbound.get(`${origin.url}/start`, calm))).fault).toBe('not_allowed');
    },
  );
});

describe('get', () => {
  it('gives the body, decoded, and the headers', async () => {
    const encodings = {
      gzip: gzipSync,
      br: brotliCompressSync,
      deflate: deflateSync,
      identity: (data: Buffer) => data,
    };
    await using origin = await serving((request, response) => {
      const encoding = request.url!.slice(1) as keyof typeof encodings;
      response.writeHead(200, { 'content-type': 'text/csv', 'content-encoding': encoding });
      response.end(encodings[encoding](Buffer.from('name\nÅland')));
    });
    await using outbound = disposable(client({ allow: [origin.host] }));
    for (const encoding of Object.keys(encodings)) {
      const { headers, body } = await outbound.get(`${origin.url}/${encoding}`, calm);
      expect(await text(body)).toBe('name\nÅland');
      expect(headers['content-type']).toBe('text/csv');
    }
  });

  it('sends credentials of the URL as a header, along redirects within the origin only', async () => {
    const seen: IncomingMessage['headers'][] = [];
    await using other = await serving((request, response) => {
      seen.push(request.headers);
      response.end('other');
    });
    await using origin = await serving((request, response) => {
      seen.push(request.headers);
      const location = request.url === '/1' ? '/2' : `${other.url}/3`;
      response.writeHead(307, { location }).end();
    });
    await using outbound = disposable(client({ allow: [origin.host, other.host] }));
    const { body } = await outbound.get(`${origin.url.replace('//', '//me:p%40ss@')}/1`, calm);
    expect(await text(body)).toBe('other');
    const basic = `Basic ${Buffer.from('me:p@ss').toString('base64')}`;
    expect(seen.map(({ authorization }) => authorization)).toEqual([basic, basic, undefined]);
    expect(seen[0]!['user-agent']).toBe('Multitask/test');
  });

  it('follows three redirects and no fourth', async () => {
    await using origin = await serving((request, response) => {
      const left = Number(request.url!.slice(1));
      if (left === 0) response.end('arrived');
      else response.writeHead(301, { location: `/${left - 1}` }).end();
    });
    await using outbound = disposable(client({ allow: [origin.host] }));
    expect(await text((await outbound.get(`${origin.url}/3`, calm)).body)).toBe('arrived');
    expect((await failureOf(outbound.get(`${origin.url}/4`, calm))).fault).toBe('bad_redirect');
  });

  it('tells an error status', async () => {
    await using origin = await serving((_, response) => response.writeHead(404).end('nothing'));
    await using outbound = disposable(client({ allow: [origin.host] }));
    expect(await failureOf(outbound.get(origin.url, calm))).toMatchObject({ fault: 'refused', status: 404 });
  });

  it.each([
    ['an endless body', (): Readable => Readable.from(endlessly(Buffer.alloc(65_536, 'a'))), {}],
    [
      'a bomb in gzip',
      () => pipeline(Readable.from(endlessly(Buffer.alloc(megabyte))), createGzip(), () => undefined),
      { 'content-encoding': 'gzip' },
    ],
  ] as const)('cuts %s at the limit of decoded bytes', async (_, make, headers) => {
    let closed = false;
    await using origin = await serving((_, response) => {
      response.writeHead(200, headers).on('close', () => (closed = true));
      pipeline(make(), response, () => undefined);
    });
    await using outbound = disposable(client({ allow: [origin.host] }));
    const { body } = await outbound.get(origin.url, calm);
    let received = 0;
    const reading = (async () => {
      for await (const chunk of body) received += (chunk as Buffer).length;
    })();
    expect((await failureOf(reading)).fault).toBe('too_large');
    expect(received).toBeLessThanOrEqual(megabyte);
    await eventually(() => closed);
  });

  it('refuses an announced length over the limit before reading it', async () => {
    await using origin = await serving((_, response) => {
      response.writeHead(200, { 'content-length': 10 * megabyte }).write('x');
    });
    await using outbound = disposable(client({ allow: [origin.host] }));
    expect((await failureOf(outbound.get(origin.url, calm))).fault).toBe('too_large');
  });

  it.each(['gzip, gzip', 'zstd', 'compress'])('refuses the encoding %s', async (encoding) => {
    await using origin = await serving((_, response) =>
      response.writeHead(200, { 'content-encoding': encoding }).end('x'),
    );
    await using outbound = disposable(client({ allow: [origin.host] }));
    expect((await failureOf(outbound.get(origin.url, calm))).fault).toBe('bad_encoding');
  });

  it('fails when a body is not encoded as it says', async () => {
    await using origin = await serving((_, response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end('plain'),
    );
    await using outbound = disposable(client({ allow: [origin.host] }));
    const { body } = await outbound.get(origin.url, calm);
    expect((await failureOf(buffer(body))).fault).toBe('bad_encoding');
  });

  it('ends a body that drips, by its total time', async () => {
    await using origin = await serving((_, response) => {
      const drip = setInterval(() => response.write('.'), 20);
      response.on('close', () => clearInterval(drip));
    });
    await using outbound = disposable(client({ allow: [origin.host] }));
    const { body } = await outbound.get(origin.url, { ...calm, timeoutMs: 300 });
    expect((await failureOf(buffer(body))).fault).toBe('timeout');
  });

  it('ends a body that stops coming, long before its total time', async () => {
    await using origin = await serving((_, response) => response.write('and then'));
    await using outbound = disposable(client({ allow: [origin.host] }));
    const { body } = await outbound.get(origin.url, { ...calm, timeoutMs: 60_000, idleTimeoutMs: 200 });
    expect((await failureOf(buffer(body))).fault).toBe('timeout');
  });

  it('ends when the caller goes', async () => {
    await using origin = await serving((_, response) => response.write('…'));
    await using outbound = disposable(client({ allow: [origin.host] }));
    const caller = new AbortController();
    const { body } = await outbound.get(origin.url, { ...calm, signal: caller.signal });
    caller.abort();
    expect((await failureOf(buffer(body))).fault).toBe('aborted');
  });
});

describe('post', () => {
  it('delivers the body and gives status, headers and the beginning of the answer', async () => {
    const seen: string[] = [];
    await using origin = await serving(async (request, response) => {
      seen.push(`${request.headers['webhook-id']} ${await text(request)}`);
      response.writeHead(503, { 'retry-after': '7' }).end('x'.repeat(100));
    });
    await using outbound = disposable(client({ allow: [origin.host] }));
    const limits = { timeoutMs: 5_000, maxResponseBytes: 10 };
    const answer = await outbound.post(origin.url, '{"a":1}', { 'webhook-id': 'w1' }, limits);
    expect(answer).toMatchObject({ status: 503, headers: { 'retry-after': '7' }, body: 'x'.repeat(10) });
    expect(seen).toEqual(['w1 {"a":1}']);
  });

  it('follows no redirect', async () => {
    let calls = 0;
    await using origin = await serving((_, response) => {
      calls++;
      response.writeHead(308, { location: '/elsewhere' }).end();
    });
    await using outbound = disposable(client({ allow: [origin.host] }));
    const answer = await outbound.post(origin.url, '{}', {}, { timeoutMs: 5_000, maxResponseBytes: 10 });
    expect(answer.status).toBe(308);
    expect(calls).toBe(1);
  });

  it('gives up on a receiver that hangs, and on one that answers without end', async () => {
    await using silent = await serving(() => undefined);
    await using endless = await serving(
      (_, response) => void pipeline(Readable.from(endlessly(Buffer.alloc(1024, 'a'))), response, () => undefined),
    );
    await using outbound = disposable(client({ allow: [silent.host, endless.host] }));
    const limits = { timeoutMs: 300, maxResponseBytes: 1024 };
    expect((await failureOf(outbound.post(silent.url, '{}', {}, limits))).fault).toBe('timeout');
    expect((await outbound.post(endless.url, '{}', {}, { ...limits, timeoutMs: 5_000 })).body).toHaveLength(1024);
  });

  it('shows of the URL no more than scheme and host when nobody is there', async () => {
    const gone = await serving(() => undefined);
    await gone[Symbol.asyncDispose]();
    await using outbound = disposable(client({ allow: [gone.host] }));
    const url = `${gone.url.replace('//', '//canary:canary@')}/canary?canary`;
    const error = await failureOf(outbound.post(url, '{}', {}, { timeoutMs: 5_000, maxResponseBytes: 10 }));
    expect(error.message).toBe(`${gone.url}… cannot be reached: the connection was refused.`);
    expect(inspect(error, { depth: 10 })).not.toContain('canary');
    expect(error.toMultitaskError('webhook_url')).toMatchObject({
      code: 'inputs_unreachable',
      details: { field: 'webhook_url' },
    });
  });
});

async function serving(listener: RequestListener) {
  const server: Server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { host, url: `http://${host}`, [Symbol.asyncDispose]: close };
}

const disposable = (outbound: OutboundClient) =>
  Object.assign(outbound, { [Symbol.asyncDispose]: () => outbound.close() });

function* endlessly(chunk: Buffer): Generator<Buffer> {
  for (;;) yield chunk;
}
