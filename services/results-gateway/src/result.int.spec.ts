import { gunzipSync } from 'node:zlib';
import { get } from 'node:http';
import { GroupStory, jsonOutput, storyRunId } from '@multitask/testing';
import { GatewayHouse, newGroupId } from './testing/gateway.house';

let house: GatewayHouse;
beforeAll(async () => (house = await GatewayHouse.open()));
afterAll(() => house?.close());

const read = (path: string, init: RequestInit = {}) =>
  fetch(`${house.origin()}${path}`, { redirect: 'manual', ...init });
const accept = (accept: string) => ({ headers: { accept } });

const basis = [{ field: 'capital', reasoning: 'Because.', confidence: 'high', citations: [] }];
const lifeOf = (groupId: string) =>
  new GroupStory(groupId)
    .created([{ country: 'France' }, { country: 'Japan' }, { country: 'Kenya' }])
    .bought([0, 1])
    .reported(0, 'completed', { output: jsonOutput({ capital: 'Paris' }, basis) })
    .reported(1, 'failed', { error: 'No sources.' });

/** A group that the read model has. */
async function projected(tell: (story: GroupStory) => GroupStory = (story) => story): Promise<GroupStory> {
  const story = tell(lifeOf(newGroupId()));
  await house.append(story);
  await house.project(story.groupId);
  return story;
}

const json = async (path: string) => (await read(path)).json() as Promise<any>;

describe('a result over HTTP', () => {
  let id: string;
  let story: GroupStory;
  beforeAll(async () => {
    story = await projected();
    id = story.groupId;
  });

  it.each([
    ['.json', 'application/json', /"capital":"Paris"/],
    ['.md', 'text/markdown', /\| ✅ completed \| France \| Paris 🟢 \|/],
    ['.html', 'text/html', /<th scope="col">capital<\/th>/],
    ['.csv', 'text/csv', /completed,France,Paris/],
    ['.ndjson', 'application/x-ndjson', /"capital":"Paris"}\n/],
  ])('is at %s', async (extension, type, content) => {
    const answer = await read(`/${id}${extension}`);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, `${type}; charset=utf-8`]);
    expect(await answer.text()).toMatch(content);
  });

  it.each([
    ['text/html,application/xhtml+xml,*/*;q=0.8', 'text/html'],
    ['text/markdown', 'text/markdown'],
    ['*/*', 'application/json'],
    ['text/event-stream', 'text/event-stream'],
  ])('without an extension goes by Accept: %s', async (header, type) => {
    const answer = await read(`/${id}`, accept(header));
    expect(answer.headers.get('content-type')).toContain(type);
    await answer.body?.cancel();
  });

  it('accepts nothing else', async () => {
    const answer = await read(`/${id}`, accept('image/png'));
    expect(answer.status).toBe(406);
    expect(await answer.json()).toMatchObject({ code: 'not_acceptable' });
  });

  it('may be read by anybody from anywhere, and by no search engine', async () => {
    for (const path of [`/${id}.json`, `/${newGroupId()}`]) {
      const { headers } = await read(path);
      expect(headers.get('access-control-allow-origin')).toBe('*');
      expect(headers.get('x-robots-tag')).toContain('noindex');
      expect(headers.get('referrer-policy')).toBe('no-referrer');
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('content-security-policy')).toContain(`default-src 'none'; script-src 'self'`);
    }
    const preflight = await read(`/${id}.sse`, { method: 'OPTIONS' });
    expect([preflight.status, preflight.headers.get('access-control-allow-headers')]).toEqual([
      204,
      expect.stringContaining('Last-Event-ID'),
    ]);
  });

  it('answers HEAD like GET without a body', async () => {
    for (const path of [`/${id}.json`, `/${id}.html`, `/${id}.sse`, `/${id}/status`]) {
      const answer = await read(path, { method: 'HEAD' });
      expect([answer.status, await answer.text()]).toEqual([200, '']);
    }
  });

  it('is not sent again to whoever has it, and is once it changed', async () => {
    const story = lifeOf(newGroupId());
    const told = await house.append(story);
    await house.project(story.groupId);
    for (const path of [`/${story.groupId}.json`, `/${story.groupId}.html`, `/${story.groupId}/status`]) {
      const etag = (await read(path)).headers.get('etag')!;
      const again = await read(path, { headers: { 'if-none-match': `"other", ${etag}` } });
      expect([again.status, await again.text(), again.headers.get('etag')]).toEqual([304, '', etag]);
    }
    const before = (await read(`/${story.groupId}.json`)).headers.get('etag')!;
    await house.append(story.rejected(2), told);
    await house.project(story.groupId);
    const after = await read(`/${story.groupId}.json`, { headers: { 'if-none-match': before } });
    expect(after.status).toBe(200);
  });

  it('is compressed when it is large', async () => {
    const story = new GroupStory(newGroupId()).created(
      Array.from({ length: 2_000 }, (_, i) => ({ text: `row ${i} `.repeat(10) })),
    );
    await house.append(story);
    const raw = await new Promise<Buffer>((resolve, reject) => {
      get(`${house.origin()}/${story.groupId}.json`, { headers: { 'accept-encoding': 'gzip' } }, (answer) => {
        expect(answer.headers['content-encoding']).toBe('gzip');
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('end', () => resolve(Buffer.concat(chunks)));
        answer.on('error', reject);
      });
    });
    expect(JSON.parse(gunzipSync(raw).toString()).results).toHaveLength(2_000);
  });

  it('is paged, and the pages together are the whole', async () => {
    const rows = Array.from({ length: 25 }, (_, i) => ({ n: i }));
    const story = new GroupStory(newGroupId()).created(rows);
    await house.append(story);
    await house.project(story.groupId);
    const seen: number[] = [];
    for (let cursor: string | null = 'r0'; cursor !== null;) {
      const page: any = await json(`/${story.groupId}.json?limit=10&cursor=${cursor}`);
      seen.push(...page.results.map((row: { n: number }) => row.n));
      cursor = page.next_cursor;
    }
    expect(seen).toEqual(rows.map((row) => row.n));
  });

  it.each(['status=done', 'limit=0', 'cursor=x', 'basis=some'])('refuses ?%s by name', async (query) => {
    const answer = await read(`/${id}.json?${query}`);
    expect([answer.status, ((await answer.json()) as any).field]).toEqual([400, query.split('=')[0]]);
  });

  it('has a status of less than 1 KiB whatever the group', async () => {
    const { groupId: blocked } = await projected((told) => told.blocked('credit'));
    const text = await (await read(`/${blocked}/status`)).text();
    expect(text.length).toBeLessThan(1_024);
    expect(JSON.parse(text)).toMatchObject({
      taskgroup_id: blocked,
      status: { num_task_runs: 3, is_active: true, blocked: { reason: 'credit' } },
      cost: { spent_usd: 0.005 },
    });
  });

  it('has each row under its run, in three formats and by the run’s id alone', async () => {
    for (const path of [`/${id}/runs/${story.runId(0)}`, `/${story.runId(0)}`]) {
      const row = await json(`${path}.json`);
      expect(row).toMatchObject({
        row: 0,
        input: { country: 'France' },
        output: { content: { capital: 'Paris' } },
        basis,
        error: null,
      });
      expect(await (await read(`${path}.md`)).text()).toContain('**capital** 🟢: Paris');
      expect(await (await read(`${path}.html`)).text()).toContain('Because.');
    }
    const failed = await json(`/${id}/runs/${story.runId(1)}`);
    expect(failed.error).toMatchObject({ message: 'No sources.' });
  });

  it('has a row’s earlier run too', async () => {
    const retried = await projected((told) => told.rejected(2).completed().retried(1).bought([1], 2));
    const earlier = await json(`/${retried.groupId}/runs/${retried.runId(1, 1)}`);
    expect(earlier).toMatchObject({ row: 1, run: { run_id: retried.runId(1, 1), status: 'failed' } });
  });

  it('leads owners’ commands to where they are, without reading their body', async () => {
    for (const [method, path, target] of [
      ['POST', '/runs', '/runs'],
      ['POST', '/retry?x=1', '/retry?x=1'],
      ['POST', '/webhook/redeliver', '/webhook/redeliver'],
      ['DELETE', '', ''],
      ['GET', '/events', '/events'],
    ] as const) {
      const body = method === 'POST' ? { body: 'x'.repeat(2_000_000) } : {};
      const answer = await read(`/${id}${path}`, { method, ...body });
      expect([answer.status, answer.headers.get('location')]).toEqual([308, `/v1beta/tasks/multitask/${id}${target}`]);
    }
  });

  it('serves its script and style under names that last, and nothing else from there', async () => {
    const page = await (await read(`/${id}.html`)).text();
    const paths = [...page.matchAll(/\/assets\/[\w./-]+/g)].map(([path]) => path);
    expect(paths.length).toBeGreaterThan(10);
    for (const path of paths) {
      const asset = await read(path);
      expect([asset.status, asset.headers.get('cache-control')]).toEqual([200, expect.stringContaining('immutable')]);
    }
    const [, , revision] = paths[0]!.split('/');
    for (const none of ['..%2f..%2fpackage.json', `${revision}/..%2f..%2fpackage.json`, `${revision}/page/none.js`])
      expect((await read(`/assets/${none}`)).status).toBe(404);
  });

  it('gives a page of another release the nearest there is, to be asked for again', async () => {
    const asset = await read('/assets/000000000000/page/main.js');
    expect([asset.status, asset.headers.get('cache-control')]).toEqual([200, 'no-store']);
  });
});

describe('a group the projector has not reached', () => {
  it('is read from the log in every format, its rows and runs too', async () => {
    const story = lifeOf(newGroupId());
    await house.append(story);
    const body = await json(`/${story.groupId}.json`);
    expect(body.status.task_run_status_counts).toEqual({ completed: 1, failed: 1, queued: 1 });
    expect((await read(`/${story.groupId}/status`)).status).toBe(200);
    expect((await read(`/${story.groupId}/runs/${story.runId(0)}`)).status).toBe(200);
  });

  it('shows a run that only the log knows, although the read model has the group', async () => {
    const story = new GroupStory(newGroupId()).created(['a']);
    const told = await house.append(story);
    await house.project(story.groupId);
    await house.append(story.bought([0]), told);
    expect((await read(`/${story.groupId}/runs/${story.runId(0)}`)).status).toBe(200);
  });
});

describe('what is not there', () => {
  const html = 'text/html,*/*;q=0.8';

  it.each([
    ['an unknown group', () => `/${newGroupId()}`, 404, 'group_not_found'],
    ['an id of another shape', () => '/tgrp_x', 404, 'group_not_found'],
    ['an id with a subject in it', () => '/tgrp_*.%3E', 404, 'group_not_found'],
    ['an unknown run', () => `/${storyRunId(99, 99)}`, 404, 'run_not_found'],
    ['a path that climbs', () => '/..%2f..%2fetc%2fpasswd', 404, 'path_not_found'],
    ['a NUL', () => '/tgrp_%00', 404, 'group_not_found'],
    ['a deep path', () => '/a/b/c/d', 404, 'path_not_found'],
  ])('%s is told in the format asked for', async (_, path, status, code) => {
    const answer = await read(path());
    expect([answer.status, answer.headers.get('content-type')]).toEqual([
      status,
      expect.stringContaining('application/problem+json'),
    ]);
    expect(((await answer.json()) as any).code).toBe(code);
    const page = await read(path(), accept(html));
    expect([page.status, page.headers.get('content-type')]).toEqual([status, 'text/html; charset=utf-8']);
    expect(await page.text()).toContain(`<code>${code}</code>`);
    const markdown = await read(path(), accept('text/markdown'));
    expect(markdown.headers.get('content-type')).toContain('text/markdown');
    const stream = await read(path(), accept('text/event-stream'));
    expect([stream.status, stream.headers.get('content-type')]).toEqual([
      status,
      expect.stringContaining('problem+json'),
    ]);
  });

  it.each([true, false])('an expired group is gone in every format (projected: %s)', async (isProjected) => {
    const story = lifeOf(newGroupId()).expired();
    await house.append(story);
    if (isProjected) await house.project(story.groupId);
    for (const path of ['', '.json', '.html', '.md', '.csv', '.sse', '/status', `/runs/${story.runId(0)}`]) {
      const answer = await read(`/${story.groupId}${path}`);
      expect([path, answer.status]).toEqual([path, 410]);
      expect(await answer.text()).toContain('were deleted on 2026-11-21');
    }
  });

  it('an expired group of which the purge left the tombstone alone is gone, not unknown', async () => {
    const groupId = newGroupId();
    await house.append(new GroupStory(groupId).expired());
    expect((await read(`/${groupId}`)).status).toBe(410);
  });

  it('a method nobody offers is 405', async () => {
    const answer = await read(`/${newGroupId()}`, { method: 'PUT' });
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  });
});

describe('readiness', () => {
  it('asks for NATS and Postgres', async () => {
    const answer = await fetch(`http://127.0.0.1:${house.gateways[0]!.opsPort}/readyz`);
    expect(await answer.json()).toEqual({ ok: true, checks: { nats: 'ok', postgres: 'ok' } });
  });
});
