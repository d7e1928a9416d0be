import { confidenceByField, isNewer, type Fields, type Row } from './row';
import { noWish, orderRows, type Wish } from './row.order';

const rowOf = (row: number, result: Fields, more: Partial<Row> = {}): Row => ({
  row,
  attempt: 1,
  status: 'completed',
  runId: `trun_${row}`,
  result,
  confidence: new Map(),
  reason: null,
  outputUrl: null,
  ...more,
});
const order = (rows: (Row | undefined)[], wish: Partial<Wish>) =>
  orderRows((row) => rows[row], rows.length, { ...noWish, ...wish });
const by = (column: string, descending = false) => ({ sort: { column, descending } });

describe('the order of rows', () => {
  const values = ['10', 'Rome', 9, '', 'athens', 1.5, null, '1,000'];
  const rows = values.map((value, i) => rowOf(i, { value }));

  it('puts numbers by size before words by letters, and nothing at the end, whichever way', () => {
    const shown = (descending: boolean) => order(rows, by('value', descending)).map((row) => values[row]);
    expect(shown(false)).toEqual([1.5, 9, '10', '1,000', 'athens', 'Rome', '', null]);
    expect(shown(true)).toEqual(['Rome', 'athens', '1,000', '10', 9, 1.5, '', null]);
  });

  it('keeps the input order among equals', () => {
    const same = Array.from({ length: 50 }, (_, i) => rowOf(i, { value: i % 2 }));
    const even = same.filter(({ row }) => row % 2 === 0).map(({ row }) => row);
    expect(order(same, by('value')).slice(0, 25)).toEqual(even);
  });

  it('goes by what a status means, not by its letters', () => {
    const states = ['queued', 'failed', 'completed', 'running'].map((status, i) => rowOf(i, {}, { status }));
    expect(order(states, by('$status'))).toEqual([2, 1, 3, 0]);
  });

  it('reads no value that a row does not have of its own', () => {
    expect(order([rowOf(0, {}), rowOf(1, { constructor: 'b' })], by('constructor'))).toEqual([1, 0]);
  });
});

describe('the search', () => {
  const rows = [
    rowOf(0, { $id: 'trun_paris', city: 'Paris', people: [{ name: 'Ada' }] }),
    undefined,
    rowOf(2, { city: 'Lima' }, { status: 'failed', reason: 'No source in Paris.' }),
  ];

  it.each([
    ['a word anywhere, in any case', 'PARIS', [0, 2]],
    ['all words, in any order', 'ada paris', [0]],
    ['what is nested', 'ada', [0]],
    ['the reason of a failure', 'source', [2]],
    ['no id', 'trun', []],
    ['nothing: all rows that are here', '  ', [0, 2]],
  ])('finds %s', (_, search, found) => expect(order(rows, { search })).toEqual(found));

  it('goes with a status', () => expect(order(rows, { search: 'paris', status: 'failed' })).toEqual([2]));
});

describe('which state of a row is newer', () => {
  const state = (status: string, more: Partial<Row> = {}) => rowOf(0, {}, { status, ...more });
  it.each([
    ['a later status', state('running'), state('queued'), true],
    ['an earlier status', state('running'), state('completed'), false],
    ['the same again', state('completed'), state('completed'), true],
    ['a later attempt', state('queued', { attempt: 2, runId: null }), state('failed'), true],
    ['an earlier attempt', state('completed'), state('queued', { attempt: 2, runId: null }), false],
    [
      'a run of a row that was cancelled before it had one',
      state('running'),
      state('cancelled', { runId: null }),
      true,
    ],
    ['a row without its run', state('queued', { runId: null }), state('queued'), false],
  ])('%s', (_, next, known, isIt) => expect(isNewer(next, known)).toBe(isIt));
});

describe('the confidence of a field', () => {
  const of = (basis: Parameters<typeof confidenceByField>[0], result: Fields) =>
    Object.fromEntries(confidenceByField(basis, result));

  it('is the least of its elements', () => {
    const basis = [
      { field: 'founders.0', confidence: 'high' },
      { field: 'founders.1', confidence: 'LOW' },
      { field: '$fee', confidence: 'medium' },
      { field: 'city', confidence: 'sure' },
    ];
    expect(of(basis, { founders: [], $$fee: 1, city: '' })).toEqual({ founders: 'low', $$fee: 'medium' });
  });
});
