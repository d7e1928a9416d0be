import { once } from 'node:events';
import { request } from 'node:http';
import { eventually } from '@multitask/testing';
import { createParallelMcpHttpServer, type ParallelMcpHttpHandle } from './http.server';

const token = 'some-shared-secret';
const authorization = `Bearer ${token}`;
const ping = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping' });
const accept = 'application/json, text/event-stream';
let handle: ParallelMcpHttpHandle;
let port: number;
beforeAll(async () => {
  const onFault = (error: unknown) => {
    throw error;
  };
  handle = createParallelMcpHttpServer({ port: 0, authToken: token, maxBodyBytes: 10_000, onFault });
  port = Number(new URL((await handle.listen()).url).port);
});
afterAll(() => handle.close());

interface Asked {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string | Buffer;
  readonly at?: number;
}

/** Past `fetch`, which would not let a Host header be chosen. */
async function ask({ method = 'POST', path = '/mcp', headers = {}, body = ping, at = port }: Asked = {}) {
  const all = { authorization, accept, 'content-type': 'application/json', ...headers };
  const call = request({ port: at, host: '127.0.0.1', method, path, headers: all });
  call.on('error', () => undefined);
  call.end(method === 'GET' ? undefined : body);
  const [response] = await once(call, 'response');
  let text = '';
  for await (const chunk of response) text += String(chunk);
  return { status: response.statusCode as number, text, headers: response.headers };
}

const status = async (asked: Asked) => (await ask(asked)).status;

it('a call that is right is answered', async () => {
  expect(await ask()).toMatchObject({ status: 200, text: '{"result":{},"jsonrpc":"2.0","id":1}' });
});

describe('(16) who may call', () => {
  it.each([
    ['no token', ''],
    ['another token', 'Bearer other'],
    ['a longer one', `${authorization}x`],
    ['another scheme', `Basic ${token}`],
    ['the token alone', token],
  ])('%s: 401', async (_, given) => {
    expect(await ask({ headers: { authorization: given } })).toMatchObject({
      status: 401,
      headers: { 'www-authenticate': 'Bearer' },
    });
  });

  it.each(['evil.example', 'evil.example:3333', '127.0.0.1.evil.example', 'localhost@evil.example', 'localhost/x'])(
    'called %s: 403, even with the token',
    async (host) => expect(await status({ headers: { host } })).toBe(403),
  );

  it.each(['localhost', '127.0.0.1:9', '[::1]:3333', 'LOCALHOST:1'])('called %s: answered', async (host) =>
    expect(await status({ headers: { host } })).toBe(200),
  );

  it.each(['https://evil.example', 'null', 'http://localhost.evil.example', 'file://'])(
    'from a page of %s: 403',
    async (origin) => expect(await status({ headers: { origin } })).toBe(403),
  );

  it('from a page of this machine: answered', async () => {
    expect(await status({ headers: { origin: 'http://localhost:6274' } })).toBe(200);
  });

  it('on all addresses, an address is answered and a name only when it is allowed', async () => {
    const open = createParallelMcpHttpServer({
      port: 0,
      host: '0.0.0.0',
      allowedHosts: ['mcp.example'],
      allowedOrigins: ['https://app.example'],
    });
    const at = Number(new URL((await open.listen()).url).port);
    const asked: [Record<string, string>, number][] = [
      [{ host: '192.0.2.7:3333' }, 200],
      [{ host: 'mcp.example' }, 200],
      [{ host: 'other.example' }, 403],
      [{ host: 'mcp.example', origin: 'https://app.example' }, 200],
      [{ host: 'mcp.example', origin: 'http://localhost:1' }, 403],
      [{ host: 'mcp.example', origin: 'http://mcp.example' }, 200],
    ];
    for (const [headers, expected] of asked)
      expect([headers, await status({ at, headers })]).toEqual([headers, expected]);
    await open.close();
  });
});

describe('what may be asked', () => {
  const large = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping', params: { x: 'x'.repeat(10_000) } });

  it('a body over the limit: 413, whether or not its length is told', async () => {
    expect(await status({ body: large })).toBe(413);
    expect(await status({ body: large, headers: { 'transfer-encoding': 'chunked' } })).toBe(413);
  });

  it.each([
    ['no JSON', '{"jsonrpc":'],
    ['nothing', ''],
    ['no UTF-8', Buffer.from([0x22, 0xff, 0x22])],
    ['too many calls', JSON.stringify(Array.from({ length: 101 }, () => JSON.parse(ping)))],
    ['no call', '7'],
    ['no call within', '[{}]'],
  ])('a body of %s: 400, and no word of how', async (_, body) => {
    const { status: code, text } = await ask({ body });
    expect([code, JSON.parse(text)]).toMatchObject([400, { jsonrpc: '2.0', error: {} }]);
    expect(text).not.toMatch(/\n|node:|SyntaxError/);
  });

  it('another path is 404, another method 405', async () => {
    expect(await status({ path: '/' })).toBe(404);
    expect(await status({ path: '/mcp?x=1' })).toBe(200);
    expect(await ask({ method: 'GET' })).toMatchObject({ status: 405, headers: { allow: 'POST' } });
    expect(await status({ method: 'DELETE' })).toBe(405);
  });

  it('a server that is closed sends home who waits, although its orchestrator goes on', async () => {
    const { orchestrator } = handle;
    const other = createParallelMcpHttpServer({ orchestrator, port: 0, authToken: token });
    const at = Number(new URL((await other.listen()).url).port);
    const params = { name: 'claim_next_task', arguments: { workerId: 'w', kinds: ['none'], waitMs: 50_000 } };
    const answer = ask({ at, body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params }) });
    await eventually(() => (orchestrator as unknown as { room: { size: number } }).room.size === 1);
    await other.close();
    expect(JSON.parse((await answer).text).result.structuredContent).toEqual({ claim: null });
  });

  it('a client that hangs up no longer waits, and gets no task that nobody would do', async () => {
    const body = JSON.stringify({
      ...{ jsonrpc: '2.0', id: 1, method: 'tools/call' },
      params: { name: 'claim_next_task', arguments: { workerId: 'gone', waitMs: 50_000 } },
    });
    const headers = { authorization, accept, 'content-type': 'application/json' };
    const call = request({ port, host: '127.0.0.1', method: 'POST', path: '/mcp', headers });
    call.on('error', () => undefined);
    call.end(body);
    const { orchestrator } = handle;
    const waiting = () => (orchestrator as unknown as { room: { size: number } }).room.size;
    await eventually(() => waiting() === 1);
    call.destroy();
    await eventually(() => waiting() === 0);
    const run = await orchestrator.engine.runs.create({});
    await orchestrator.engine.tasks.enqueue(run.id, [{ kind: 'a' }]);
    const [claim] = await orchestrator.engine.claims.claim({ workerId: 'w', leaseMs: 1_000, limit: 1 });
    expect(claim?.lease.fencingToken).toBe(1);
  });
});
