import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { eventually, GroupStory, jsonOutput } from '@multitask/testing';
import { GatewayHouse, newGroupId } from '../testing/gateway.house';

let house: GatewayHouse;
const folder = mkdtempSync(join(tmpdir(), 'multitask-test-'));
beforeAll(async () => (house = await GatewayHouse.open()));
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await house?.close();
});

const read = (path: string, init: RequestInit = {}) => fetch(`${house.origin()}${path}`, init);
const json = async (path: string) => (await read(path)).json() as Promise<any>;

/** Longer than what is read at once; every fourth row failed. */
function longStory(): GroupStory {
  const rows = Array.from({ length: 1_300 }, (_, n) => ({ n, word: `w${n % 7}`, ...(n === 1_200 && { late: true }) }));
  const story = new GroupStory(newGroupId()).created(rows).bought(rows.map(({ n }) => n));
  const basis = [{ field: 'square', reasoning: 'Reckoned.', confidence: 'high', citations: [] }];
  return story.together((one) => {
    for (const { n } of rows)
      if (n % 4 === 3) one.reported(n, 'failed', { error: 'No.' });
      else one.reported(n, 'completed', { output: jsonOutput({ square: n * n }, n === 0 ? basis : []) });
  });
}

async function databaseOf(answer: Response): Promise<DatabaseSync> {
  const path = join(folder, 'read.sqlite');
  writeFileSync(path, Buffer.from(await answer.arrayBuffer()));
  return new DatabaseSync(path, { readOnly: true });
}

describe.each(['the read model', 'the log'])('a long group from %s', (from) => {
  let id: string;
  let results: any[];
  beforeAll(async () => {
    const story = longStory();
    id = story.groupId;
    await house.append(story);
    if (from === 'the read model') await house.project(id);
    results = (await json(`/${id}.json`)).results;
  });

  it('is whole and in order in every format', async () => {
    expect(results.map(({ n }) => n)).toEqual(Array.from({ length: 1_300 }, (_, n) => n));
    expect((await json(`/${id}.json`)).runs).toHaveLength(1_300);
    const lines = (await (await read(`/${id}.ndjson`)).text()).trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toEqual(results);
    const csv = (await (await read(`/${id}.csv?bom=true`)).text()).trimEnd().split('\r\n');
    // Columns that only the last rows have are there from the first line on.
    expect(csv[0]).toBe('$id,$status,n,word,late,square');
    expect(csv).toHaveLength(1_301);
    const markdown = await (await read(`/${id}.md`)).text();
    expect(markdown.match(/^\| (✅|❌)/gmu)).toHaveLength(1_300);
  });

  it('is a SQLite file that says the same, to a program and by Accept, and nobody’s key', async () => {
    const answer = await read(`/${id}`, { headers: { accept: 'application/vnd.sqlite3' } });
    expect(answer.headers.get('content-type')).toBe('application/vnd.sqlite3');
    expect(answer.headers.get('content-disposition')).toBe(`attachment; filename="${id}.sqlite"`);
    const database = await databaseOf(answer);
    const rows = database.prepare('select "$id", "$status", n, word, square from runs order by "$row"').all();
    expect(rows.map((row) => ({ ...row }))).toEqual(
      results.map(({ $id, $status, n, word, square = null }) => ({ $id, $status, n, word, square })),
    );
    expect({ ...database.prepare('select num_task_runs, taskgroup_id from details').get() }).toEqual({
      num_task_runs: 1_300,
      taskgroup_id: id,
    });
    expect(database.prepare('select confidence from basis').get()).toMatchObject({ confidence: 'high' });
    database.close();
    const file = Buffer.from(await (await read(`/${id}.db`)).arrayBuffer());
    expect(file.subarray(0, 15).toString()).toBe('SQLite format 3');
    expect(file.includes('cred_1')).toBe(false);
  });

  it('is looked through for rows of a status, page by page', async () => {
    const seen: number[] = [];
    for (let cursor: string | null = 'r0'; cursor !== null;) {
      const page: any = await json(`/${id}.json?status=failed&limit=150&cursor=${cursor}`);
      seen.push(...page.results.map(({ n }: { n: number }) => n));
      cursor = page.next_cursor;
    }
    expect(seen).toEqual(results.filter(({ $status }) => $status === 'failed').map(({ n }) => n));
    expect((await json(`/${id}.json?status=failed`)).results).toHaveLength(325);
    expect((await json(`/${id}.json?cursor=r700`)).results).toHaveLength(600);
  });

  it('is told by its ETag, also in its head, and not sent again', async () => {
    for (const extension of ['sqlite', 'csv', 'json']) {
      const whole = await read(`/${id}.${extension}`);
      await whole.arrayBuffer();
      const etag = whole.headers.get('etag')!;
      const again = await read(`/${id}.${extension}`, { headers: { 'if-none-match': etag } });
      expect([again.status, await again.text()]).toEqual([304, '']);
      const head = await read(`/${id}.${extension}`, { method: 'HEAD' });
      expect([head.status, head.headers.get('etag')]).toEqual([200, etag]);
    }
  });
});

describe('a SQLite file', () => {
  it('is that of the group as it is now, for many readers at once, and nothing is left of it', async () => {
    const story = new GroupStory(newGroupId()).created([{ a: 1 }]);
    const told = await house.append(story);
    await house.project(story.groupId);
    const path = `/${story.groupId}.sqlite`;
    const files = await Promise.all(Array.from({ length: 8 }, async () => (await read(path)).arrayBuffer()));
    for (const file of files) expect(Buffer.from(file).equals(Buffer.from(files[0]!))).toBe(true);
    const etag = (await read(path)).headers.get('etag')!;
    await house.append(story.rejected(0, 'Too long.'), told);
    await house.project(story.groupId);
    const answer = await read(path, { headers: { 'if-none-match': etag } });
    const database = await databaseOf(answer);
    expect(database.prepare('select "$error" as error from runs').get()).toMatchObject({ error: 'Too long.' });
    database.close();
    await eventually(async () => readdirSync(tmpdir()).every((name) => !name.startsWith('multitask-result-')));
  });

  it('of a reader that leaves in the middle is closed', async () => {
    const story = longStory();
    await house.append(story);
    const leaving = new AbortController();
    const answer = await read(`/${story.groupId}.sqlite`, { signal: leaving.signal });
    leaving.abort();
    await expect(answer.arrayBuffer()).rejects.toThrow();
    // Whoever comes next is served as if nothing had been.
    expect((await (await read(`/${story.groupId}.sqlite`)).arrayBuffer()).byteLength).toBeGreaterThan(10_000);
  });

  it('of an unknown or expired group is a problem', async () => {
    const gone = new GroupStory(newGroupId()).created(['a']).expired();
    await house.append(gone);
    expect((await read(`/${gone.groupId}.sqlite`)).status).toBe(410);
    const unknown = await read(`/${newGroupId()}.db`);
    expect([unknown.status, unknown.headers.get('content-type')]).toEqual([
      404,
      expect.stringContaining('application/problem+json'),
    ]);
  });
});
