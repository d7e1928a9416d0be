import { freePort } from '@multitask/local-infrastructure';
import { createLogger } from '@multitask/platform';
import { eventually } from '@multitask/testing';
import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type RequestListener,
  type Server,
} from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { openFrontDoor, type FrontDoor } from './front-door';
import { Targets, type Target } from './targets';

describe('the front door', () => {
  const logger = createLogger('front-door', { level: 'silent', format: 'json' });
  let targets: Targets;
  let door: FrontDoor;
  let origin: string;
  const servers: Server[] = [];

  beforeEach(async () => {
    targets = new Targets();
    door = await openFrontDoor({ host: '127.0.0.1', port: 0, targets, logger });
    origin = `http://127.0.0.1:${door.port}`;
  });
  afterEach(async () => {
    await door.close();
    for (const server of servers.splice(0)) {
      server.close();
      server.closeAllConnections();
    }
  });

  async function replica(listener: RequestListener): Promise<Target> {
    const server = createServer(listener);
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return { host: '127.0.0.1', port: (server.address() as AddressInfo).port };
  }
  const named = (name: string) => replica((_, response) => response.end(name));
  const text = async (path: string, init?: RequestInit) => (await fetch(origin + path, init)).text();

  it('sends each path to its service, with its query', async () => {
    targets.set('api-gateway', [await replica((request, response) => response.end(`api ${request.url}`))]);
    targets.set('results-gateway', [await named('results')]);
    await expect(text('/v1beta/tasks/multitask?dry_run=true')).resolves.toBe(
      'api /v1beta/tasks/multitask?dry_run=true',
    );
    await expect(text('/tgrp_1.json')).resolves.toBe('results');
  });

  it('passes a body on and the answer back, status and headers included', async () => {
    const echo = await replica((request, response) => {
      response.writeHead(201, { 'x-length': request.headers['content-length'] ?? 'chunked', link: ['<a>', '<b>'] });
      request.pipe(response);
    });
    targets.set('api-gateway', [echo]);
    const answer = await fetch(`${origin}/v1beta/x`, { method: 'POST', body: 'ä'.repeat(500_000) });
    expect(answer.status).toBe(201);
    expect(answer.headers.get('x-length')).toBe('1000000');
    expect(answer.headers.get('link')).toBe('<a>, <b>');
    expect(await answer.text()).toHaveLength(500_000);
  });

  it('hands on the first byte of a stream while the rest is not written yet', async () => {
    let finish: () => void = () => undefined;
    targets.set('results-gateway', [
      await replica((_, response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' }).write('event: a\n\n');
        finish = () => response.end('event: b\n\n');
      }),
    ]);
    const reader = (await fetch(`${origin}/tgrp_1.sse`)).body!.pipeThrough(new TextDecoderStream()).getReader();
    expect((await reader.read()).value).toBe('event: a\n\n');
    finish();
    expect((await reader.read()).value).toBe('event: b\n\n');
    expect((await reader.read()).done).toBe(true);
  });

  it('lets a service know that its reader went away', async () => {
    let gone = false;
    targets.set('results-gateway', [
      await replica((_, response) => {
        response.on('close', () => (gone = true));
        response.writeHead(200).write('x');
      }),
    ]);
    const controller = new AbortController();
    const reader = (await fetch(`${origin}/tgrp_1.sse`, { signal: controller.signal })).body!.getReader();
    await reader.read();
    controller.abort();
    await eventually(() => gone);
  });

  it('cuts the client off when the service is cut off in the middle', async () => {
    targets.set('results-gateway', [
      await replica((_, response) => {
        response.writeHead(200, { 'content-length': '100' }).write('half', () => response.destroy());
      }),
    ]);
    await expect(text('/tgrp_1.json')).rejects.toThrow();
  });

  it('gives replicas their turns, and passes over one where nobody listens, body and all', async () => {
    const echo = (name: string) =>
      replica((request, response) => {
        response.write(name);
        request.pipe(response);
      });
    const dead = { host: '127.0.0.1', port: await freePort() };
    targets.set('api-gateway', [await echo('1 '), dead, await echo('2 ')]);
    const answers = [];
    for (let i = 0; i < 6; i++) answers.push(await text('/v1beta', { method: 'POST', body: 'all of it' }));
    expect(new Set(answers)).toEqual(new Set(['1 all of it', '2 all of it']));
  });

  it('never sends a request twice once a service may have seen it', async () => {
    let seen = 0;
    const dying = () =>
      replica((request) => {
        seen++;
        request.socket.destroy();
      });
    targets.set('api-gateway', [await dying(), await dying()]);
    const answer = await fetch(`${origin}/v1beta`, { method: 'POST', body: 'buy' });
    expect(answer.status).toBe(502);
    expect(seen).toBe(1);
  });

  it('asks another replica when one dies over a question', async () => {
    let seen = 0;
    const dying = await replica((request) => {
      seen++;
      request.socket.destroy();
    });
    targets.set('results-gateway', [dying, await named('alive')]);
    for (let i = 0; i < 4; i++) expect(await text('/tgrp_1.json')).toBe('alive');
    expect(seen).toBe(2);
  });

  it('sends no command over a connection that the service may be about to close', async () => {
    const ports = new Set<number | undefined>();
    const counting = await replica((request, response) => {
      ports.add(request.socket.remotePort);
      request.resume().on('end', () => response.end());
    });
    targets.set('api-gateway', [counting]);
    for (let i = 0; i < 3; i++) await text('/v1beta', { method: 'POST', body: 'x' });
    expect(ports.size).toBe(3);
    for (let i = 0; i < 3; i++) await text('/v1beta');
    expect(ports.size).toBe(4);
  });

  it('passes over a replica that says it is leaving, while another one is ready', async () => {
    let leaving = true;
    const probe = await replica((_, response) => response.writeHead(leaving ? 503 : 200).end());
    const one = { ...(await named('one')), opsPort: probe.port };
    targets.set('results-gateway', [one, await named('two')]);
    const answers = async () => new Set(await Promise.all(Array.from({ length: 4 }, () => text('/tgrp_1.json'))));
    await eventually(async () => (await answers()).size === 1);
    expect(await answers()).toEqual(new Set(['two']));
    leaving = false;
    await eventually(async () => (await answers()).size === 2);
    leaving = true;
    await eventually(async () => (await answers()).size === 1);
    targets.set('results-gateway', [one, { ...one }]);
    expect(await answers()).toEqual(new Set(['one']));
  });

  it('answers problem details when nobody is there', async () => {
    targets.set('results-gateway', [{ host: '127.0.0.1', port: await freePort() }]);
    const answer = await fetch(`${origin}/tgrp_1`);
    expect(answer.status).toBe(502);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(await answer.json()).toMatchObject({ code: 'service_unreachable', status: 502, retryable: true });
  });

  it('answers 408 to headers that never end, and leaves others alone', async () => {
    targets.set('results-gateway', [await named('results')]);
    const impatient = await openFrontDoor({ host: '127.0.0.1', port: 0, targets, logger, headersTimeoutMs: 300 });
    try {
      const socket = connect(impatient.port, '127.0.0.1');
      socket.write('GET /tgrp_1 HTTP/1.1\r\nhost: x\r\nx-');
      const chunks: Buffer[] = [];
      for await (const chunk of socket) chunks.push(chunk as Buffer);
      expect(Buffer.concat(chunks).toString()).toMatch(/^HTTP\/1\.1 408 /);
      expect(await (await fetch(`http://127.0.0.1:${impatient.port}/tgrp_1`)).text()).toBe('results');
    } finally {
      await impatient.close();
    }
    // Node's own limit is a minute.
  }, 50_000);

  it('does not let a request decide how it is framed behind the door', async () => {
    let received: IncomingMessage | undefined;
    targets.set('results-gateway', [
      await replica((request, response) => {
        received = request;
        response.end();
      }),
    ]);
    await new Promise((resolve, reject) =>
      httpRequest(
        `${origin}/tgrp_1`,
        { headers: { connection: 'x-forwarded-for', te: 'trailers', 'x-forwarded-for': '1.2.3.4' } },
        (answer) => answer.resume().on('end', resolve),
      )
        .on('error', reject)
        .end(),
    );
    expect(received?.headers).not.toHaveProperty('te');
    expect(received?.headers['x-forwarded-for']).toMatch(/127\.0\.0\.1$/);
  });
});
