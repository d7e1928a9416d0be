import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { Validator } from '@seriousme/openapi-schema-validator';
import { createRequest, followRequest } from '@multitask/contracts';
import { z } from 'zod';
import { launchGateway, type LaunchedGateway } from '../testing/gateway.launcher';
import { openApiDocument } from './openapi.document';

interface Media {
  example?: unknown;
  examples?: Record<string, { value: unknown }>;
}
interface Operation {
  operationId: string;
  summary: string;
  requestBody?: { content: Record<string, Media> };
  responses: Record<string, { content?: Record<string, Media> }>;
}

describe('the documents', () => {
  let gateway: LaunchedGateway;
  beforeAll(async () => {
    gateway = await launchGateway();
  });
  afterAll(() => gateway?.close());
  const get = (path: string, headers: Record<string, string> = {}) => fetch(gateway.origin + path, { headers });

  describe('/openapi.json', () => {
    const operations = (): Operation[] =>
      Object.values((openApiDocument('https://multitask.example') as { paths: Record<string, object> }).paths).flatMap(
        (path) => Object.values(path) as Operation[],
      );

    it('is valid OpenAPI to a validator of others', async () => {
      const document = (await (await get('/openapi.json')).json()) as Record<string, unknown>;
      expect(document.servers).toEqual([{ url: gateway.origin }]);
      const validator = new Validator();
      expect(await validator.validate(document)).toEqual({ valid: true });
      expect(validator.version).toBe('3.1');
    });

    it('gives every operation an id of its own, a summary, and an example of every body', () => {
      const ids = operations().map(({ operationId }) => operationId);
      expect(new Set(ids).size).toBe(ids.length);
      for (const operation of operations()) {
        expect(operation.summary).toMatch(/\S/);
        const bodies = [
          operation.requestBody?.content ?? {},
          ...Object.values(operation.responses).map((answer) => answer.content ?? {}),
        ];
        for (const media of bodies.flatMap((content) => Object.values(content)))
          expect(media.example ?? media.examples).toBeDefined();
      }
    });

    it('has examples of requests that are accepted', () => {
      const create = operations().find(({ operationId }) => operationId === 'createTaskGroup')!;
      for (const { value } of Object.values(create.requestBody!.content['application/json']!.examples!))
        expect(z.union([createRequest, followRequest]).safeParse(value)).toMatchObject({ success: true });
    });

    it.each(
      operations()
        .filter(({ operationId }) => ['createTaskGroup', 'listTaskGroups', 'getLimits'].includes(operationId))
        .map(({ operationId }) => operationId),
    )('describes %s, which is there', async (operationId) => {
      const paths: Record<string, [string, string]> = {
        createTaskGroup: ['POST', '/v1beta/tasks/multitask'],
        listTaskGroups: ['GET', '/v1beta/tasks/multitask'],
        getLimits: ['GET', '/v1beta/tasks/multitask/limits'],
      };
      const [method, path] = paths[operationId]!;
      expect((await fetch(gateway.origin + path, { method })).status).not.toBe(404);
    });
  });

  it.each(['/', '/openapi'])('%s is a page that loads nothing from elsewhere', async (path) => {
    const response = await get(path);
    const html = await response.text();
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(response.headers.get('content-security-policy')).toMatch(/^default-src 'none';/);
    expect(response.headers.get('content-security-policy')).not.toMatch(/script-src[^;]*unsafe|https?:/);
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(html).not.toMatch(/(src|href)="(https?:)?\/\//);
    for (const [, link] of html.matchAll(/(?:src|href)="([^"]+)"/g)) expect((await get(link!)).status).toBe(200);
  });

  it('the form says that the emulator answers, and asks for no key then', async () => {
    const html = await (await get('/')).text();
    expect(html).toContain('answers from a local emulator');
    expect(html).not.toContain('api_key');
  });

  it('the form is answered with a page when something is wrong, and nothing of it is markup', async () => {
    const form = new FormData();
    form.append('inputs', 'a\n1');
    form.append('<script>alert(1)</script>', 'x');
    const response = await fetch(`${gateway.origin}/v1beta/tasks/multitask`, {
      method: 'POST',
      body: form,
      headers: { accept: 'text/html' },
    });
    const html = await response.text();
    expect(response.status).toBe(400);
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(response.headers.get('content-security-policy')).toMatch(/^default-src 'none';/);
    expect(html).toContain('&lt;script&gt;');
    expect(html).not.toContain('<script');
  });

  it.each([
    ['/llms.txt', 'text/plain'],
    ['/SPEC.md', 'text/markdown'],
  ])('%s names the origin it is read at', async (path, type) => {
    const response = await get(path, { 'x-forwarded-host': 'multitask.example', 'x-forwarded-proto': 'https' });
    expect(response.headers.get('content-type')).toContain(type);
    expect(await response.text()).toContain('https://multitask.example/v1beta/tasks/multitask');
  });

  describe('examples that are told', () => {
    const text = async (path: string) => (await get(path)).text();
    const paths = Object.entries(
      (openApiDocument('https://multitask.example') as { paths: Record<string, object> }).paths,
    );

    it('/SPEC.md: each command runs as it stands', async () => {
      const commands = [...(await text('/SPEC.md')).matchAll(/^```sh\n(.*?)^```/gms)].map(([, command]) => command!);
      expect(commands.length).toBeGreaterThan(0);
      for (const command of commands) {
        const env = { ...process.env, PARALLEL_API_KEY: 'key-of-a-reader' };
        const { stdout } = await promisify(execFile)('sh', ['-c', command], { env });
        expect(stdout).toMatch(new RegExp(`^${gateway.origin}/tgrp_[0-9a-f]{32}\\n$`));
      }
    });

    it('/SPEC.md: each path is in the description, and each field is one of a request', async () => {
      const spec = await text('/SPEC.md');
      const group = '/v1beta/tasks/multitask/{taskgroup_id}';
      const calls = [...spec.matchAll(/`(POST|GET|DELETE) …(\/[a-z/]+)?`/g)].map(([, method, tail = '']) => [
        method!,
        tail,
      ]);
      expect(calls.length).toBeGreaterThan(5);
      for (const [method, tail] of calls) {
        const operations = paths.find(([path]) => path === group + tail)?.[1] ?? {};
        expect([method, tail, Object.keys(operations)]).toEqual([
          method,
          tail,
          expect.arrayContaining([method!.toLowerCase()]),
        ]);
      }
      const reads = [...spec.matchAll(/^\| (`\/<id>.*?) \|/gm)].flatMap(([, cell]) => [
        ...cell!.matchAll(/`(?:\/<id>)?([^`]*)`/g),
      ]);
      expect(reads.length).toBeGreaterThan(8);
      for (const [, tail] of reads)
        expect(paths.map(([path]) => path)).toContain(`/{taskgroup_id}${tail!.replace('<run id>', '{run_id}')}`);
      const fields = [...spec.matchAll(/^\| (`[a-z_]+`(?:, `[a-z_]+`)*) \|/gm)].flatMap(([, cell]) =>
        cell!.match(/[a-z_]+/g)!,
      );
      expect(fields.toSorted()).toEqual(Object.keys(createRequest.shape).toSorted());
    });

    it('/llms.txt: its body costs what a dry run says, and creates a group', async () => {
      const [, body] = /^Body: (\{.*\})$/m.exec(await text('/llms.txt'))!;
      const post = (query: string) =>
        fetch(`${gateway.origin}/v1beta/tasks/multitask${query}`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', accept: 'application/json', 'idempotency-key': 'llms' },
          body: body!,
        });
      const dry = (await (await post('?dry_run=true')).json()) as { dry_run: boolean; estimate: { cost_usd: number } };
      const made = (await (await post('')).json()) as { url: string; estimate: { cost_usd: number } };
      expect(dry.dry_run).toBe(true);
      expect(made.estimate).toEqual(dry.estimate);
      expect(await (await post('')).json()).toEqual(made);
    });

    it('/llms.txt: each link leads somewhere', async () => {
      const links = [...(await text('/llms.txt')).matchAll(/\]\((\S+)\)/g)].map(([, link]) => link!);
      expect(links.length).toBeGreaterThan(2);
      for (const link of links) expect([link, (await fetch(link)).status]).toEqual([link, 200]);
    });
  });

  it('other files of the playground’s package are not served', async () => {
    for (const name of ['package.json', '..%2fpackage.json', 'swagger-ui.js.map', '__proto__'])
      expect((await get(`/openapi/${name}`)).status).toBe(404);
  });
});
