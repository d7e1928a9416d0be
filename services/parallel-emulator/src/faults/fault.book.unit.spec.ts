import { seededRandom } from '../research/random';
import { fingerprintOf } from '../wire/api-key';
import { faultSchema, type FaultInput } from './fault';
import { FaultBook } from './fault.book';

const bookOf = (...faults: FaultInput[]) => {
  const book = new FaultBook(seededRandom('faults'));
  book.add(faults.map((fault) => faultSchema.parse(fault)));
  return book;
};

describe('the faults in force', () => {
  it('hit so many fitting occasions and then no more', () => {
    const book = bookOf({ kind: 'reset', times: 2 });
    expect([1, 2, 3].map(() => book.take('reset', {}) !== undefined)).toEqual([true, true, false]);
    expect(book.list()[0]).toMatchObject({ met: 2, applied: 2 });
  });

  it('let the first ones pass when told to skip', () => {
    const book = bookOf({ kind: 'reset', skip: 1, times: 1 });
    expect([1, 2, 3].map(() => book.take('reset', {}) !== undefined)).toEqual([false, true, false]);
  });

  it('hit at a rate', () => {
    const book = bookOf({ kind: 'omit_state', rate: 0.3 });
    const hits = Array.from({ length: 1_000 }, () => book.take('omit_state', {})).filter(Boolean).length;
    expect(hits).toBeGreaterThan(240);
    expect(hits).toBeLessThan(360);
  });

  it.each([
    [{ group: 'g1' }, { group: 'g1' }, true],
    [{ group: 'g1' }, { group: 'g2' }, false],
    [{ key: 'secret' }, { key: fingerprintOf('secret') }, true],
    [{ key: fingerprintOf('secret') }, { key: fingerprintOf('secret') }, true],
    [{ key: 'secret' }, { key: fingerprintOf('other') }, false],
    [{ endpoint: 'add_runs' as const }, { endpoint: 'add_runs' as const }, true],
    [{ endpoint: ['get_run' as const, 'get_group' as const] }, { endpoint: 'add_runs' as const }, false],
    [{ path: '/v1beta/*' }, { path: '/v1beta/tasks/groups' }, true],
    [{ path: '/v1beta/*' }, { path: '/v1/tasks/groups' }, false],
    [{ group: 'g1', endpoint: 'add_runs' as const }, { group: 'g1', endpoint: 'get_group' as const }, false],
  ])('with %j for %j: %s', (match, occasion, hit) => {
    expect(bookOf({ kind: 'reset', match }).take('reset', occasion) !== undefined).toBe(hit);
  });

  it('refuses faults and fields that do not exist', () => {
    expect(faultSchema.safeParse({ kind: 'earthquake' }).success).toBe(false);
    expect(faultSchema.safeParse({ kind: 'reset', macth: {} }).success).toBe(false);
    expect(faultSchema.safeParse({ kind: 'reset', rate: 2 }).success).toBe(false);
  });
});
