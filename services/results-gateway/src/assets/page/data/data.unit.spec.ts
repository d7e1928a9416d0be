import { Columns } from './columns';
import { PaceMeter } from './pace';
import type { Json, Row } from './row';
import { RowStore } from './row.store';
import { cellText, dollars, webUrl } from './text';

describe('what a cell says', () => {
  it.each([
    ['a list', ['a', 1, null], 'a, 1, '],
    ['things in a list', [{ name: 'Ada', since: 2014 }, { name: 'Ben' }], 'Ada, 2014 · Ben'],
    ['an object', { name: 'Ada', jobs: ['a', 'b'] }, 'name: Ada; jobs: a, b'],
    ['nothing', null, ''],
    ['false', false, 'false'],
  ] as [string, Json, string][])('of %s', (_, value, text) => expect(cellText(value)).toBe(text));

  it.each([
    [0.6, '$0.60'],
    [0.005, '$0.005'],
    [12, '$12.00'],
  ])('of %d dollars', (amount, text) => expect(dollars(amount)).toBe(text));

  it.each(['javascript:alert(1)', 'data:text/html,x', ' https://x', '//evil.example', 'https://a b'])(
    'is no link of %j',
    (text) => expect(webUrl(text)).toBeUndefined(),
  );
});

describe('the pace', () => {
  it('is that of the last minute', () => {
    const meter = new PaceMeter();
    for (let second = 0; second <= 200; second++) meter.note(second < 100 ? 0 : (second - 100) * 2, second * 1_000);
    expect(meter.text(600, 200_000)).toBe('120 rows a minute · about 5 min left');
  });

  it('says nothing before there is something to tell from, and begins anew with a retry', () => {
    const meter = new PaceMeter();
    meter.note(10, 0);
    expect(meter.text(5, 10_000)).toBe('');
    meter.note(20, 10_000);
    expect(meter.text(5, 10_000)).toBe('60 rows a minute · less than a minute left');
    meter.note(15, 11_000);
    expect(meter.text(5, 20_000)).toBe('');
    expect(meter.text(0, 20_000)).toBe('');
  });
});

describe('the columns', () => {
  const kept = new Map<string, string>();
  const storage = {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
  };

  it('grow with the rows, $input last, and take any name', () => {
    const columns = new Columns(['a', '$input'], false, undefined, 'k');
    expect(columns.learn(JSON.parse('{"$id":"x","$status":"queued","a":1,"__proto__":2,"b":3}'))).toBe(true);
    expect(columns.learn({ b: 4 })).toBe(false);
    expect(columns.all.map(({ name }) => name)).toEqual(['a', '__proto__', 'b', '$input']);
  });

  it('stay as they were chosen for this group, whatever stands in the storage', () => {
    const before = new Columns(['a', 'b'], false, storage, 'k');
    Object.assign(before.all[1]!, { hidden: true, width: 300 });
    before.keep();
    const after = new Columns(['a', 'b'], false, storage, 'k');
    expect(after.recall()).toBe(true);
    expect(after.all[1]).toEqual({ name: 'b', hidden: true, width: 300 });
    for (const nonsense of ['{', '7', '[1]', 'null']) {
      kept.set('k', nonsense);
      expect(new Columns(['a'], false, storage, 'k').recall()).toBe(false);
    }
  });

  it('of a reader who chose some are those', () => {
    expect(new Columns(['a'], true, undefined, 'k').learn({ b: 1 })).toBe(false);
  });
});

describe('the rows of a page', () => {
  const row = (number: number, status: string) => ({ row: number, attempt: 1, status, runId: 'r' }) as Row;

  it('are the newest there were, in whatever order they came', () => {
    const told: string[] = [];
    const store = new RowStore(2, ({ status }) => told.push(status));
    for (const status of ['completed', 'running', 'queued']) store.put(row(0, status));
    expect([store.at(0)!.status, told, store.isWhole]).toEqual(['completed', ['completed'], false]);
    store.put(row(5, 'queued'));
    expect([store.count, store.size, store.firstAbsent(0, 9)]).toEqual([6, 2, 1]);
    store.forget(3);
    store.put(row(0, 'queued'));
    expect(store.at(0)!.status).toBe('queued');
  });
});
