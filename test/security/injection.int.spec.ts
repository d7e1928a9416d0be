import { ClientProxyFactory, Transport, type ClientProxy } from '@nestjs/microservices';
import { requestSubjects } from '@multitask/contracts';
import { request } from 'node:http';
import { firstValueFrom } from 'rxjs';
import { openSecurityHouse, type SecurityHouse } from './security.house';

interface Operation {
  readonly method: string;
  readonly path: string;
  readonly parameters: readonly { readonly name: string; readonly in: string }[];
}

const marker = 'hostile';

/** Ids of nobody, near an id of somebody; each as a client can put it into a path. */
const hostileIds = (id: string): string[] => [
  ...['*', '>', '.', '..', '%2e%2e', '%00', '%20', '%', '%zz', '%c0%af', '%0d%0a', '$', "'", '"', ';', '\\', '%5c'],
  ...[
    `${marker}.*`,
    `${marker}.>`,
    `${marker}%20${marker}`,
    `${marker}%00`,
    `..%2f..%2f${marker}`,
    `%2e%2e%2f${marker}`,
  ],
  ...[`${marker}'%20or%20'1'='1`, `${marker}%27;drop%20table%20read.groups;--`, `$JS.API.STREAM.DELETE.MULTITASK`],
  ...[`${id}.`, `${id}.*`, `${id}.>`, `${id}%00`, `${id}%20`, `${id}%0a`, `${id}%2f..`, `${id}a`, id.slice(0, -1)],
  ...[id.toUpperCase(), `%20${id}`, `${id}${id}`, `tgrp_${'*'.repeat(32)}`, `tgrp_${'.'.repeat(32)}`, 'tgrp_'],
  ...[`tgrp_${encodeURIComponent('ａ'.repeat(32))}`, encodeURIComponent('🙂'), `trun_${'f'.repeat(31)}`, 'trun_*'],
  ...['x'.repeat(250), 'x'.repeat(5_000), `tgrp_${'f'.repeat(6_000)}`, '__proto__', 'constructor', 'undefined', 'null'],
];

describe('ids and parameters made to be something else', () => {
  let house: SecurityHouse;
  let rpc: ClientProxy;
  let operations: Operation[];
  let id: string;
  beforeAll(async () => {
    house = await openSecurityHouse();
    rpc = ClientProxyFactory.create({ transport: Transport.NATS, options: { servers: [house.natsUrl] } });
    const answer = await fetch(`${house.api}/v1beta/tasks/multitask`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ inputs: ['the row of somebody'], output_type: 'text', processor: 'lite' }),
    });
    id = /tgrp_[0-9a-f]{32}/.exec(await answer.text())![0];
    const { paths } = (await (await fetch(`${house.api}/openapi.json`)).json()) as {
      paths: Record<string, Record<string, { parameters?: Operation['parameters'] }>>;
    };
    operations = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { parameters = [] }]) => ({
        method: method.toUpperCase(),
        path,
        parameters,
      })),
    );
  });
  afterAll(async () => {
    await rpc?.close();
    await house?.close();
  });

  const serves = (path: string): string => (path.startsWith('/v1') || path === '/' ? house.api : house.results);
  /** By hand: `fetch` would tidy `..` up before it is sent. */
  const ask = (method: string, base: string, target: string) => {
    const { hostname, port } = new URL(base);
    return new Promise<{ status: number; text: string }>((resolve, reject) => {
      const outgoing = request({ hostname, port, method, path: target, agent: false }, (answer) => {
        let text = '';
        answer.on('data', (chunk: Buffer) => (text = (text + chunk.toString()).slice(0, 100_000)));
        answer.on('close', () => resolve({ status: answer.statusCode!, text }));
        // A stream that opens says enough by its status.
        if (answer.headers['content-type']?.startsWith('text/event-stream')) outgoing.destroy();
      });
      outgoing.on('error', (error: NodeJS.ErrnoException) =>
        error.code === 'ERR_UNESCAPED_CHARACTERS' ? resolve({ status: 400, text: '' }) : reject(error),
      );
      outgoing.end();
    });
  };

  it('are 400, 404, 405 or 414 in every path parameter of every operation', async () => {
    const wrong: string[] = [];
    let asked = 0;
    for (const { method, path } of operations.filter(({ path }) => path.includes('{')))
      for (const hostile of hostileIds(id)) {
        const names = [...path.matchAll(/\{[^}]+\}/g)].map(([name]) => name);
        for (const name of names) {
          const target = path.replace(name, hostile).replaceAll(/\{[^}]+\}/g, id);
          const { status, text } = await ask(method, serves(path), target);
          asked++;
          if (![400, 404, 405, 414, 431].includes(status) || text.includes('the row of somebody'))
            wrong.push(`${method} ${target.slice(0, 120)}: ${status} ${text.slice(0, 80)}`);
        }
      }
    process.stdout.write(`${operations.length} operations, ${asked} requests with hostile ids\n`);
    expect(asked).toBeGreaterThan(500);
    expect(wrong).toEqual([]);
  }, 300_000);

  it('are answered without a fault in every query parameter, and read nothing else', async () => {
    const wrong: string[] = [];
    const values = [
      '*',
      '>',
      '..',
      '%00',
      "'%20or%201=1--",
      '%22',
      '-1',
      '1e9',
      '9'.repeat(400),
      `${marker}.>`,
      '[]=1',
    ];
    for (const { method, path, parameters } of operations.filter(({ method }) => method === 'GET'))
      for (const { name } of parameters.filter((parameter) => parameter.in === 'query'))
        for (const value of [...values, `${marker}&${name}=${marker}`]) {
          const target = `${path.replaceAll(/\{[^}]+\}/g, id)}?${name}=${value}`;
          const { status } = await ask(method, serves(path), target);
          if (status >= 500) wrong.push(`${method} ${target.slice(0, 120)}: ${status}`);
        }
    expect(wrong).toEqual([]);
  }, 300_000);

  it('lead to no file', async () => {
    for (const path of [
      '..%2f..%2fpackage.json',
      '%2e%2e/%2e%2e/package.json',
      '../../package.json',
      '%00',
      'result.css%00',
    ])
      for (const base of [`${house.results} /assets/`, `${house.api} /openapi/`, `${house.results} /`]) {
        const [origin, prefix] = base.split(' ') as [string, string];
        const { status, text } = await ask('GET', origin, `${prefix}${path}`);
        expect([400, 404]).toContain(status);
        expect(text).not.toContain('workspaces');
      }
  });

  it('are refused in requests between our services', async () => {
    // The orchestrator is not of this house; its own tests ask it worse.
    for (const subject of [requestSubjects.getData, requestSubjects.getStatus])
      for (const hostile of [...hostileIds(id).map((text) => decoded(text)), { $ne: null }, ['*'], 7, null]) {
        const answer = await firstValueFrom(
          rpc.send<{ ok: boolean; problem: { code: string } }>(subject, { id: hostile }),
        );
        expect(answer).toMatchObject({ ok: false, problem: { code: 'invalid_field', field: 'id' } });
      }
  });

  it('never were part of a subject', () => {
    const subjects = new Set(house.tap.heard.map(({ name }) => name));
    const odd = [...subjects].filter(
      (subject) => subject.includes(marker) || /tgrp_(?![0-9a-f]{32}(\.|$))|[^\x21-\x7e ]/.test(subject),
    );
    const ours = [...subjects].filter((subject) => subject.startsWith('core NATS multitask.'));
    expect(ours.length).toBeGreaterThan(0);
    expect(
      ours.every((subject) => /^core NATS multitask\.\d\d\.tgrp_[0-9a-f]{32}\.(command|part)$/.test(subject)),
    ).toBe(true);
    expect(odd).toEqual([]);
  });
});

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
