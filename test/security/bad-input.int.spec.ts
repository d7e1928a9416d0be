import { createFieldNames } from '@multitask/task-group';
import { createServer as createTcpServer, connect, type AddressInfo } from 'node:net';
import { createServer, type Server } from 'node:http';
import { promises as dns } from 'node:dns';
import { pipeline, Readable } from 'node:stream';
import { createGzip, gzipSync } from 'node:zlib';
import { forbiddenUrls } from '@multitask/testing';
import { postgresSurfaces } from './canary/surfaces';
import { openSecurityHouse, type SecurityHouse } from './security.house';

const path = '/v1beta/tasks/multitask';
const schema = { type: 'object', properties: { a: { type: 'string' } }, required: ['a'], additionalProperties: false };
const valid = { inputs: [{ x: 1 }], output_type: 'json', output_schema: schema, processor: 'lite' };
const property = (of: object) => ({ ...schema, properties: { a: of } });
const nested = (levels: number): object =>
  levels === 0 ? { type: 'string' } : { ...schema, properties: { a: nested(levels - 1) } };
const levels = (count: number) => `${'{"a":'.repeat(count)}1${'}'.repeat(count)}`;

function* endless(chunk: Buffer): Generator<Buffer> {
  for (;;) yield chunk;
}

type Case = [what: string, body: unknown, status: number, code: string, field: string | undefined];

const unsupported = ['contains', 'format', 'maxItems', 'minLength', 'multipleOf', 'pattern', 'uniqueItems'];

/** The list, word by word. */
const fields: Case[] = [
  ['an unknown key', { ...valid, output_shema: {} }, 400, 'unknown_field', 'output_shema'],
  [
    'an unknown key inside',
    { ...valid, source_policy: { domains: [] } },
    400,
    'unknown_field',
    'source_policy.domains',
  ],
  ['empty inputs', { ...valid, inputs: [] }, 400, 'invalid_inputs', 'inputs'],
  ['no inputs', { ...valid, inputs: undefined }, 400, 'invalid_inputs', 'inputs'],
  ['an empty row', { ...valid, inputs: [{ x: 1 }, {}] }, 400, 'invalid_inputs', 'inputs[1]'],
  ['a blank row', { ...valid, inputs: [' '] }, 400, 'invalid_inputs', 'inputs[0]'],
  ['a row of another type', { ...valid, inputs: [{ x: 1 }, 7] }, 400, 'invalid_inputs', 'inputs[1]'],
  ['a row of 1,001 fields', { ...valid, inputs: [columns(1_001)] }, 400, 'invalid_inputs', 'inputs[0]'],
  ['json without schema or words', { ...valid, output_schema: undefined }, 400, 'invalid_field', 'output_schema'],
  ['text with a schema', { ...valid, output_type: 'text' }, 400, 'invalid_field', 'output_schema'],
  ['auto with a schema', { ...valid, output_type: 'auto' }, 400, 'invalid_field', 'output_schema'],
  ['100,001 inputs', () => ({ ...valid, inputs: Array(100_001).fill('x') }), 413, 'too_large', 'inputs'],
  ['10,000 levels in a row', () => `{"inputs":[${levels(10_000)}]}`, 400, 'malformed_body', 'inputs[0]'],
  ['10,000 levels in a field', () => `{"metadata":${levels(10_000)},"inputs":["a"]}`, 400, 'malformed_body', undefined],
  ['a million keys', () => `{${manyKeys(1_000_000)}}`, 413, 'too_large', undefined],
  ['a million keys in a row', () => `{"inputs":[{${manyKeys(1_000_000)}}]}`, 400, 'malformed_body', 'inputs[0]'],
  ['a prototype', '{"__proto__":{"polluted":1},"inputs":["a"]}', 400, 'malformed_body', undefined],
  ['a prototype in a row', '{"inputs":[{"__proto__":{"polluted":1}}]}', 400, 'malformed_body', 'inputs[0]'],
  [
    'a prototype in metadata',
    '{"metadata":{"__proto__":{"polluted":1}},"inputs":["a"]}',
    400,
    'malformed_body',
    undefined,
  ],
  [
    'a constructor as a field',
    { ...valid, constructor: { prototype: { polluted: 1 } } },
    400,
    'unknown_field',
    'constructor',
  ],
  [
    'a constructor in metadata',
    { ...valid, metadata: { constructor: { prototype: 1 } } },
    400,
    'invalid_field',
    'metadata.constructor',
  ],
  ['inputs twice', '{"inputs":["a"],"inputs":["b"]}', 400, 'malformed_body', 'inputs'],
];

/** What the upstream's rules refuse, by the path of the fault. */
const schemas: [object, string][] = [
  [{ type: 'array', items: schema }, 'output_schema.type'],
  [{ properties: { a: { type: 'string' } } }, 'output_schema.type'],
  [{ type: 'object' }, 'output_schema.properties'],
  [{ ...schema, properties: {} }, 'output_schema.properties'],
  [{ ...schema, anyOf: [schema] }, 'output_schema.anyOf'],
  [property({ type: 'null' }), 'output_schema.properties.a.type'],
  [property({ type: 'strnig' }), 'output_schema.properties.a.type'],
  [property({ enum: [] }), 'output_schema.properties.a.enum'],
  [property({ type: 'string', enum: [1] }), 'output_schema.properties.a.enum'],
  ...unsupported.map((keyword): [object, string] => [
    property({ [keyword]: { format: 'date', pattern: 'a', uniqueItems: true, contains: {} }[keyword] ?? 1 }),
    `output_schema.properties.a.${keyword}`,
  ]),
  [nested(6), 'output_schema.properties.a.properties.a.properties.a.properties.a.properties.a'],
  [{ ...schema, properties: columns(101, { type: 'string' }) }, 'output_schema'],
  [property({ enum: Array.from({ length: 501 }, (_, i) => `v${i}`) }), 'output_schema'],
  [
    property({ enum: Array.from({ length: 251 }, (_, i) => `${'v'.repeat(40)}${i}`) }),
    'output_schema.properties.a.enum',
  ],
  [property({ description: 'x'.repeat(16_000) }), 'output_schema'],
  [property({ $ref: 'https://elsewhere.example/schema' }), 'output_schema.properties.a.$ref'],
  [property({ $ref: '#/$defs/none' }), 'output_schema.properties.a.$ref'],
  [property({ $ref: '#' }), 'output_schema'],
];

function columns(count: number, value: unknown = 1): Record<string, unknown> {
  return Object.fromEntries(Array.from({ length: count }, (_, i) => [`c${i}`, value]));
}

function manyKeys(count: number): string {
  return Array.from({ length: count }, (_, i) => `"k${i}":1`).join(',');
}

describe('bad input', () => {
  let house: SecurityHouse;
  let files: Server;
  let fileOrigin: string;
  let inside = 0;
  const canary = createTcpServer((socket) => (inside++, socket.destroy()));
  let canaryPort: number;
  beforeAll(async () => {
    canary.listen(0, '::');
    files = createServer((request, response) => serve(request.url!, response));
    await new Promise<void>((resolve) => files.listen(0, '127.0.0.1', resolve));
    canaryPort = (canary.address() as AddressInfo).port;
    const { port } = files.address() as AddressInfo;
    fileOrigin = `http://127.0.0.1:${port}`;
    house = await openSecurityHouse({ OUTBOUND_ALLOW: `127.0.0.1:${port}`, MAX_INPUTS_BYTES: '20000000' });
  });
  afterAll(async () => {
    jest.restoreAllMocks();
    canary.close();
    files?.closeAllConnections();
    files?.close();
    await house?.close();
  });

  function serve(url: string, response: import('node:http').ServerResponse): void {
    const stream = (from: Generator<Buffer>, encoding?: string) => {
      response.writeHead(200, { 'content-type': 'text/csv', ...(encoding && { 'content-encoding': encoding }) });
      const source = Readable.from(from);
      if (encoding) pipeline(source, createGzip(), response, () => undefined);
      else pipeline(source, response, () => undefined);
    };
    if (url === '/html') response.writeHead(200, { 'content-type': 'text/csv' }).end('<!doctype html><p>rows</p>');
    else if (url === '/endless-line') stream(endless(Buffer.alloc(65_536, 'a')));
    else if (url === '/endless-rows') stream(endless(Buffer.from('a\n'.repeat(30_000))));
    else if (url === '/bomb') stream(endless(Buffer.alloc(1024 * 1024, 'a,b\n')), 'gzip');
    else if (url === '/inside') response.writeHead(302, { location: `http://127.0.0.1:${canaryPort}/` }).end();
    else if (url === '/named') response.writeHead(302, { location: `http://rebound.example:${canaryPort}/` }).end();
    else if (url === '/loop') response.writeHead(302, { location: '/loop' }).end();
    else response.writeHead(404).end();
  }

  /** Large bodies are made when they are needed: a table of tests is printed and copied. */
  const send = (made: unknown, target = path, headers: Record<string, string> = {}, method = 'POST') => {
    const body: unknown = typeof made === 'function' ? (made as () => unknown)() : made;
    const isReady = body === undefined || typeof body === 'string' || body instanceof Uint8Array;
    return fetch(`${house.api}${target}`, {
      method,
      headers: { 'content-type': 'application/json', ...headers },
      body: isReady ? (body as string) : JSON.stringify(body),
      signal: AbortSignal.timeout(20_000),
    });
  };

  const problemOf = async (response: Response) => {
    expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    const { code, field } = (await response.json()) as { code: string; field?: string };
    return { status: response.status, code, field };
  };

  describe('of a create', () => {
    // Afterwards, there must be nothing: no request upstream, no message in the log, no row in any table.
    afterAll(async () => {
      expect(await house.upstreamRequests()).toBe(0);
      expect((await house.log.state()).lastSeq).toBe(0);
      const tables = await postgresSurfaces(house.databaseUrl, { vacuum: false });
      const filled = tables.filter(
        ({ name, data }) => /^table (read|vault|idempotency|notify)\./.test(name) && data !== '',
      );
      expect(filled.map(({ name }) => name).filter((name) => name !== 'table read.checkpoint')).toEqual([]);
      expect(inside).toBe(0);
      expect(({} as Record<string, unknown>).polluted).toBeUndefined();
      expect(Object.keys(Object.prototype)).toEqual([]);
    });

    it.each(fields)('%s', async (_, body, status, code, field) => {
      expect(await problemOf(await send(body))).toEqual({ status, code, field });
    });

    it.each(createFieldNames.filter((name) => name !== 'inputs'))('a wrong type of %s', async (name) => {
      for (const wrong of [[[]], null]) {
        const body = { ...valid, [name]: wrong };
        const { status, field } = await problemOf(await send(body));
        expect({ status, field: field?.slice(0, name.length) }).toEqual({ status: 400, field: name });
      }
    });

    it.each(schemas.map(([of, field]) => [field, JSON.stringify(of).slice(0, 60), of] as const))(
      'a schema the upstream refuses at %s: %s',
      async (field, _, output_schema) => {
        const problem = await problemOf(await send({ ...valid, output_schema }));
        expect(problem).toEqual({ status: 400, code: 'invalid_schema', field });
      },
    );

    it.each<[string, string, number, string]>([
      ['a private address', 'http://10.0.0.1/rows.csv', 400, 'url_not_allowed'],
      ['a page', '/html', 400, 'invalid_inputs'],
      ['a line without end', '/endless-line', 400, 'invalid_inputs'],
      ['rows without end', '/endless-rows', 413, 'too_large'],
      ['a gzip bomb', '/bomb', 413, 'too_large'],
      ['a redirect inside', '/inside', 400, 'url_not_allowed'],
      ['a redirect to a name that leads inside', '/named', 400, 'url_not_allowed'],
      ['a redirect in a circle', '/loop', 400, 'inputs_unreachable'],
      ['nothing', '/nothing', 400, 'inputs_unreachable'],
    ])('a URL of inputs that leads to %s', async (_, url, status, code) => {
      jest.spyOn(dns.Resolver.prototype, 'resolve4').mockResolvedValue(['127.0.0.1'] as never);
      jest.spyOn(dns.Resolver.prototype, 'resolve6').mockRejectedValue(new Error('none'));
      const inputs = url.startsWith('/') ? fileOrigin + url : url;
      expect(await problemOf(await send({ ...valid, inputs }))).toEqual({ status, code, field: 'inputs' });
    });

    it('a name that leads inside, by one of its addresses or by turns', async () => {
      const four = jest.spyOn(dns.Resolver.prototype, 'resolve4');
      for (const addresses of [['127.0.0.1'], ['93.184.216.34', '127.0.0.1'], ['10.0.0.1', '93.184.216.34']]) {
        four.mockResolvedValue(addresses as never);
        const inputs = `http://rebound.example:${canaryPort}/rows.csv`;
        expect(await problemOf(await send({ ...valid, inputs }))).toMatchObject({ code: 'url_not_allowed' });
      }
    });

    it('every URL that leads inside in a way attackers use, as webhook and as inputs', async () => {
      jest.spyOn(dns.Resolver.prototype, 'resolve4').mockResolvedValue(['127.0.0.1'] as never);
      const urls = forbiddenUrls(canaryPort);
      expect(urls.length).toBeGreaterThan(90);
      for (const url of urls)
        for (const field of ['webhook_url', 'inputs']) {
          const problem = await problemOf(await send({ ...valid, [field]: url }));
          expect({ url, ...problem }).toMatchObject({ url, status: 400, field });
        }
    });

    it('bodies that are compressed, also as uploads', async () => {
      const bomb = gzipSync(Buffer.alloc(50_000_000, ' '));
      for (const type of ['application/json', 'text/csv', 'application/x-ndjson']) {
        const response = await send(bomb, `${path}?output_type=text`, {
          'content-type': type,
          'content-encoding': 'gzip',
        });
        expect(await problemOf(response)).toMatchObject({ status: 415, field: 'Content-Encoding' });
      }
    });

    it('200 MB of JSON, announced or not', async () => {
      const head = `POST ${path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n`;
      const announced = await answerTo(`${head}content-length: 200000000\r\n\r\n{`);
      expect(announced.status).toBe(413);
      const row = `"${'x'.repeat(65_000)}",`;
      const chunk = `${row.length.toString(16)}\r\n${row}\r\n`;
      const endlessly = await answerTo(`${head}transfer-encoding: chunked\r\n\r\nb\r\n{"inputs":[\r\n`, chunk, 3_100);
      expect(endlessly.status).toBe(413);
      expect(endlessly.sentBytes).toBeLessThan(60_000_000);
    });

    it('headers of 10 MB', async () => {
      expect((await answerTo(`GET / HTTP/1.1\r\nhost: x\r\nx-large: ${'x'.repeat(10_000_000)}\r\n\r\n`)).status).toBe(
        413,
      );
    });

    /** Sends `start`, then `more` up to so many times, until there is an answer. */
    async function answerTo(start: string, more = '', times = 0): Promise<{ status: number; sentBytes: number }> {
      const socket = connect(Number(new URL(house.api).port), '127.0.0.1');
      socket.on('error', () => undefined);
      const answer = new Promise<string>((resolve) => socket.once('data', (data) => resolve(data.toString())));
      let text: string | undefined;
      void answer.then((found) => (text = found));
      socket.write(start);
      for (let i = 0; i < times && text === undefined && !socket.destroyed; i++)
        if (!socket.write(more)) await Promise.race([answer, new Promise((resolve) => socket.once('drain', resolve))]);
      const status = Number(/^HTTP\/1\.1 (\d+)/.exec(await answer)?.[1]);
      const sentBytes = socket.bytesWritten;
      socket.destroy();
      return { status, sentBytes };
    }
  });

  describe('of the other edges', () => {
    let id: string;
    beforeAll(async () => {
      jest.restoreAllMocks();
      id = /tgrp_[0-9a-f]{32}/.exec(await (await send(valid)).text())![0];
    });

    it.each<[string, string, string, unknown, number, string, string | undefined, Record<string, string>?]>([
      ['an append without inputs', 'POST', '/runs', {}, 400, 'invalid_inputs', 'inputs'],
      ['an empty append', 'POST', '/runs', { inputs: [] }, 400, 'invalid_inputs', 'inputs'],
      ['an append of a wrong row', 'POST', '/runs', { inputs: ['a', 7] }, 400, 'invalid_inputs', 'inputs[1]'],
      [
        'an append that changes the group',
        'POST',
        '/runs',
        { inputs: ['a'], title: 'x' },
        400,
        'unknown_field',
        'title',
      ],
      [
        'an append of 100,001 rows',
        'POST',
        '/runs',
        () => ({ inputs: Array(100_001).fill('x') }),
        413,
        'too_large',
        'inputs',
      ],
      ['an append from inside', 'POST', '/runs', { inputs: 'http://127.0.0.1:9/' }, 400, 'url_not_allowed', 'inputs'],
      ['a deep append', 'POST', '/runs', () => `{"inputs":[${levels(10_000)}]}`, 400, 'malformed_body', 'inputs[0]'],
      [
        'an append with a prototype',
        'POST',
        '/runs',
        '{"inputs":[{"__proto__":{}}]}',
        400,
        'malformed_body',
        'inputs[0]',
      ],
      [
        'a compressed append',
        'POST',
        '/runs',
        'x',
        415,
        'unsupported_media_type',
        'Content-Encoding',
        { 'content-encoding': 'gzip' },
      ],
      ['a retry with an unknown key', 'POST', '/retry', { row: 1 }, 400, 'unknown_field', 'row'],
      ['a retry of wrong rows', 'POST', '/retry', { rows: ['1'] }, 400, 'invalid_field', 'rows[0]'],
      ['a retry of a row that is not there', 'POST', '/retry', { rows: [99] }, 400, 'invalid_field', 'rows[0]'],
      ['a deep retry', 'POST', '/retry', () => levels(10_000), 400, 'malformed_body', undefined],
      ['a retry of 2 MB', 'POST', '/retry', () => ' '.repeat(2_000_000), 413, 'too_large', undefined],
      [
        'a redelivery of a wrong type',
        'POST',
        '/webhook/redeliver',
        { generation: '1' },
        400,
        'invalid_field',
        'generation',
      ],
      ['events of a wrong cursor', 'GET', '/events?cursor=x', undefined, 400, 'invalid_field', 'cursor'],
      ['too many events', 'GET', '/events?limit=1000000', undefined, 400, 'invalid_field', 'limit'],
      ['deliveries of a wrong cursor', 'GET', '/webhook?cursor=-1', undefined, 400, 'invalid_field', 'cursor'],
    ])('%s', async (_, method, tail, body, status, code, field, ...more) => {
      const before = [await house.upstreamRequests(), (await house.log.state()).lastSeq];
      const response = await send(body, `${path}/${id}${tail}`, more[0], method);
      expect(await problemOf(response)).toEqual({ status, code, field });
      expect([await house.upstreamRequests(), (await house.log.state()).lastSeq]).toEqual(before);
    });

    it.each(['limit=0', 'limit=x', 'cursor=x', 'status=nothing', 'basis=x', 'limit=1&limit=2'])(
      'a read with ?%s',
      async (query) => {
        const response = await fetch(`${house.results}/${id}.json?${query}`);
        expect(await problemOf(response)).toEqual({ status: 400, code: 'invalid_field', field: query.split('=')[0] });
      },
    );
  });
});
