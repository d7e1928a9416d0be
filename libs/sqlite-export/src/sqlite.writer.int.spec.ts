import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import {
  jsonResult,
  markdownResult,
  ndjsonResult,
  csvResult,
  resultPage,
  wholeResult,
} from '@multitask/result-formats';
import { applyToView, emptyFold, type GroupView } from '@multitask/task-group';
import { groupStories, GroupStory, jsonOutput } from '@multitask/testing';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import MarkdownIt from 'markdown-it';
import { TableShape } from './table.shape';
import { writeSqlite } from './sqlite.writer';

const folder = mkdtempSync(join(tmpdir(), 'multitask-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const viewOf = (story: GroupStory): GroupView => story.events.reduce(applyToView, emptyFold(story.groupId)).view!;

let files = 0;
async function fileOf(view: GroupView): Promise<string> {
  const path = join(folder, `${files++}.sqlite`);
  const shape = new TableShape();
  for (const row of view.rows) shape.see(row);
  await writeSqlite(path, { head: resultPage(view), shape, rows: [view.rows] });
  return path;
}

function query(path: string, sql: string): Record<string, unknown>[] {
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    return database
      .prepare(sql)
      .all()
      .map((row) => ({ ...row }));
  } finally {
    database.close();
  }
}

const python = (() => {
  try {
    execFileSync('python3', ['-c', 'import sqlite3, csv']);
    return true;
  } catch {
    process.stderr.write('\nNo Python was found: that its sqlite3 and csv read what we write was left out.\n');
    return false;
  }
})();

/** Rows of `runs` as objects by the names of `.json`, and the basis, as Python reads them; CSV as its reader takes it apart. */
const reader = `
import csv, io, json, sqlite3, sys
out = []
for stem in sys.argv[1:]:
  db = sqlite3.connect(stem + '.sqlite')
  assert db.execute('pragma integrity_check').fetchone() == ('ok',)
  db.row_factory = sqlite3.Row
  fields = [tuple(r) for r in db.execute('select field, "column", kind from fields order by position')]
  rows = []
  for run in db.execute('select * from runs order by "$row"'):
    keys = run.keys()
    first = len(keys) - len(fields)
    row = {'$id': run['$id'], '$status': run['$status']}
    for i, (field, column, kind) in enumerate(fields):
      value = run[first + i]
      assert keys[first + i] == column
      if value is None: continue
      if kind == 'json': value = json.loads(value)
      if kind == 'boolean': value = value == 1
      row[field] = value
    rows.append(row)
  basis = [[r[0], r[1], r[2], r[3], json.loads(r[4])] for r in db.execute('select * from basis order by rowid')]
  db.execute('select count(*) from citations').fetchone()
  csv.field_size_limit(1 << 30)
  table = list(csv.reader(io.StringIO(open(stem + '.csv', encoding='utf-8', newline='').read(), newline='')))
  out.append({'rows': rows, 'basis': basis, 'csv': table, 'active': db.execute('select is_active from details').fetchone()[0]})
json.dump(out, sys.stdout)
`;

/** What SQL cannot tell apart from nothing is left out; texts are as UTF-8 carries them. */
const seen = (value: unknown): any =>
  JSON.parse(JSON.stringify(value, (_, each) => (typeof each === 'string' ? each.toWellFormed() : each)));
const withoutNulls = (row: object) =>
  Object.fromEntries(
    Object.entries(row)
      .filter(([name, value]) => value !== null || name === '$id')
      .map(([name, value]) => [name.toWellFormed(), value]),
  );

describe('a SQLite file', () => {
  it('has typed columns, the basis apart, and what was renamed', async () => {
    const story = new GroupStory()
      .created([{ country: 'France', Name: 1, name: 'x', '': 0, $id: 'own', 'a"b': true }, { country: 'Japan' }], {
        spec: {
          processor: 'lite',
          output: { type: 'json', json_schema: { type: 'object', properties: { later: { type: 'integer' } } } },
          ttl_days: 30,
          title: 'Capitals',
        },
      })
      .bought([0, 1])
      .reported(0, 'completed', {
        output: jsonOutput({ capital: 'Paris', size: 2.5, parts: [1, { a: 2 }], year: 'unknown' }, [
          {
            field: 'capital',
            confidence: 'high',
            reasoning: 'Why.',
            citations: [{ url: 'https://a.example', title: 'A' }],
          },
        ]),
      })
      .reported(1, 'completed', { output: jsonOutput({ capital: 'Tokyo', size: 3, year: 1868 }) });
    const path = await fileOf(viewOf(story));
    expect(query(path, `select name, type from pragma_table_info('runs') where cid >= 8`)).toEqual([
      { name: 'country', type: 'TEXT' },
      { name: 'Name', type: 'INTEGER' },
      { name: 'name 2', type: 'TEXT' },
      { name: 'field', type: 'INTEGER' },
      { name: '$$id', type: 'TEXT' },
      { name: 'a"b', type: 'BOOLEAN' },
      { name: 'later', type: 'INTEGER' },
      { name: 'capital', type: 'TEXT' },
      { name: 'size', type: 'REAL' },
      { name: 'parts', type: 'JSON TEXT' },
      { name: 'year', type: '' },
    ]);
    expect(query(path, `select "$row", capital, size, parts ->> '$[1].a' as part, year, "$seconds" from runs`)).toEqual(
      [
        { $row: 0, capital: 'Paris', size: 2.5, part: 2, year: 'unknown', $seconds: 3 },
        { $row: 1, capital: 'Tokyo', size: 3, part: null, year: 1868, $seconds: 4 },
      ],
    );
    expect(query(path, 'select field from fields where "column" = \'name 2\'')).toEqual([{ field: 'name' }]);
    expect(query(path, 'select "row", field, confidence, url, title from citations')).toEqual([
      { row: 0, field: 'capital', confidence: 'high', url: 'https://a.example', title: 'A' },
    ]);
    expect(query(path, 'select title, num_task_runs, spent_usd, is_active from details')).toEqual([
      { title: 'Capitals', num_task_runs: 2, spent_usd: 0.01, is_active: 1 },
    ]);
  });

  it('keeps a row’s earlier runs, and tells why a row has no answer', async () => {
    const story = new GroupStory().created(['a', 'b']).bought([0]).reported(0, 'failed', { error: 'Once.' });
    story
      .rejected(1, 'Too long.')
      .completed()
      .retried(0)
      .bought([0], 2)
      .reported(0, 'failed', { error: 'Twice.', attempt: 2 });
    const path = await fileOf(viewOf(story));
    expect(query(path, 'select "$status" as status, "$error" as error, "$attempt" as attempt from runs')).toEqual([
      { status: 'failed', error: 'Twice.', attempt: 2 },
      { status: 'rejected', error: 'Too long.', attempt: 1 },
    ]);
    expect(query(path, 'select "row", status, error from previous')).toEqual([
      { row: 0, status: 'failed', error: 'Once.' },
    ]);
  });

  it('takes more names than a table has columns', async () => {
    const path = await fileOf(
      viewOf(new GroupStory().created(Array.from({ length: 1_100 }, (_, i) => ({ [`c${i}`]: i })))),
    );
    expect(query(path, 'select "$more" as more, c999 from runs where "$row" in (999, 1099)')).toEqual([
      { more: null, c999: 999 },
      { more: '{"c1099":1099}', c999: null },
    ]);
  });

  it('lets others have their turn', async () => {
    const view = viewOf(
      new GroupStory().created(Array.from({ length: 5_000 }, (_, i) => ({ i, text: 'x'.repeat(500) }))),
    );
    let turns = 0;
    const counting = setInterval(() => turns++, 1);
    await fileOf(view);
    clearInterval(counting);
    expect(turns).toBeGreaterThan(3);
  });

  it('is written whole when its name is taken away, and its rows break off with their error', async () => {
    const view = viewOf(new GroupStory().created(Array.from({ length: 2_000 }, (_, i) => ({ i }))));
    const shape = new TableShape();
    for (const row of view.rows) shape.see(row);
    const head = resultPage(view);
    const path = join(folder, 'nameless.sqlite');
    const handle = await open(path, 'wx+');
    await writeSqlite(path, { head, shape, rows: [view.rows] }, () => rm(path));
    writeFileSync(path, await handle.readFile());
    await handle.close();
    expect(query(path, 'select count(*) as rows, sum(i) as sum from runs')).toEqual([{ rows: 2_000, sum: 1_999_000 }]);
    async function* broken() {
      yield view.rows.slice(0, 10);
      throw new Error('the database went away');
    }
    await expect(writeSqlite(join(folder, 'broken.sqlite'), { head, shape, rows: broken() })).rejects.toThrow(
      'went away',
    );
  });

  it('is as small as what is in it', async () => {
    expect(statSync(await fileOf(viewOf(new GroupStory().created(['a'])))).size).toBeLessThan(150_000);
  });
});

describe('every format of a group', () => {
  const parser = new MarkdownIt({ html: true });

  it('says what .json says, to parsers that know nothing of us, whatever the data', async () => {
    const views = fc.sample(groupStories, { numRuns: 120 }).map(viewOf);
    const stems: string[] = [];
    for (const view of views) {
      const path = await fileOf(view);
      const csv = [...csvResult(resultPage(view))].join('');
      stems.push(path.replace(/\.sqlite$/, ''));
      writeFileSync(`${stems.at(-1)}.csv`, csv);
      const { results } = JSON.parse([...jsonResult(resultPage(view))].join('')) as { results: object[] };
      const lines = [...ndjsonResult(resultPage(view, wholeResult))].join('').trimEnd().split('\n');
      expect(lines.map((line) => JSON.parse(line))).toEqual(results);
      const [head, ...rows] = parse(csv) as string[][];
      expect(rows.map((cells) => objectOf(head!, cells))).toEqual(results.map(asTexts));
      const tokens = parser.parse([...markdownResult(resultPage(view))].join(''), {});
      expect(tokens.filter(({ type }) => type === 'tr_open')).toHaveLength(results.length + 1);
      for (const [index, run] of query(path, 'select * from runs').entries())
        expect(run.$status).toBe((results[index] as { $status: string }).$status);
    }
    if (!python) return;
    const said = JSON.parse(
      execFileSync('python3', ['-c', reader, ...stems], {
        maxBuffer: 1 << 28,
        env: { ...process.env, PYTHONUTF8: '1' },
      }).toString(),
    ) as { rows: object[]; basis: unknown[][]; csv: string[][]; active: number }[];
    for (const [index, view] of views.entries()) {
      const { results, runs, status } = JSON.parse([...jsonResult(resultPage(view))].join(''));
      const { rows, basis, csv, active } = said[index]!;
      expect(seen(rows).map(withoutNulls)).toEqual(seen(results).map(withoutNulls));
      expect(active === 1).toBe(status.is_active);
      expect(seen(basis)).toEqual(
        seen(runs).flatMap((run: any) =>
          run.basis.map((one: any) => [
            run.row,
            one.field,
            one.confidence ?? null,
            one.reasoning ?? null,
            one.citations ?? [],
          ]),
        ),
      );
      expect(csv.slice(1).map((cells) => objectOf(csv[0]!, cells))).toEqual(results.map(asTexts));
    }
  });
});

const unguarded = (cell: string): string => cell.replace(/^'(?='*[=+\-@\t\r\n＝＋－＠])/, '');
/** Cells that are not empty, by their column. */
const objectOf = (head: string[], cells: string[]) =>
  Object.fromEntries(cells.flatMap((cell, i) => (cell === '' ? [] : [[unguarded(head[i]!), unguarded(cell)]])));
const asTexts = (row: object) =>
  Object.fromEntries(
    Object.entries(row)
      .map(([name, value]) => [
        name.toWellFormed(),
        typeof value === 'string' ? value.toWellFormed() : value === null ? '' : JSON.stringify(value),
      ])
      .filter(([, text]) => text !== ''),
  );
