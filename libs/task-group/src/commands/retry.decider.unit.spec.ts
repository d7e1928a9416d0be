import { added, requested, updated } from '../ingest/ingest.scenario';
import { blocked, cancelled, created, deleted, given, rejected } from './commands.scenario';
import { decideRetry, type Retry } from './retry.decider';

const retry: Retry = { rows: undefined, credentialId: 'cred' };
type Given = ReturnType<typeof given>;
const decide = ({ state, group }: Given, changes: Partial<Retry> = {}) =>
  decideRetry(state, group, { ...retry, ...changes });

/** Rows: 0 completed, 1 failed, 2 rejected, 3 running. */
const mixed = () =>
  given(
    created(4),
    requested(1, '0.1', '1.1', '2.1', '3.1'),
    added(1, '0.1', '1.1', '3.1'),
    rejected('2.1'),
    updated('0.1', 'completed'),
    updated('1.1', 'failed'),
    updated('3.1', 'running'),
  );

describe('retrying rows', () => {
  it('given rows of every end, when nothing is named, then those without a result start the next generation', () => {
    expect(decide(mixed()).data).toEqual({ rows: [1, 2], generation: 2, credential_id: 'cred' });
  });

  it('given rows of every end, when some are named, then those alone, once and in order', () => {
    expect(decide(mixed(), { rows: [2, 1, 2] }).data.rows).toEqual([1, 2]);
  });

  it.each([
    [0, /completed/],
    [3, /not ended yet \(running\)/],
    [4, /rows 0 to 3/],
  ])('refuses row %i, named', (row, words) => {
    expect(() => decide(mixed(), { rows: [1, row] })).toThrow(
      expect.objectContaining({
        code: 'invalid_field',
        message: expect.stringMatching(words),
        details: expect.objectContaining({ field: 'rows[1]' }),
      }),
    );
  });

  it('given a group that was cancelled, then its cancelled rows can be retried, but not those that are just being bought', () => {
    const group = given(created(3), requested(1, '0.1'), cancelled());
    expect(decide(group).data.rows).toEqual([1, 2]);
    expect(() => decide(group, { rows: [0] })).toThrow(/being bought/);
  });

  it('given nothing to retry, then says so', () => {
    const running = given(created(1), requested(1, '0.1'), added(1, '0.1'));
    expect(() => decide(running)).toThrow(expect.objectContaining({ code: 'nothing_to_do' }));
    expect(() => decide(running, { rows: [] })).toThrow(expect.objectContaining({ code: 'nothing_to_do' }));
  });

  it('given a blocked group, then a retry without rows brings the new key', () => {
    const group = given(created(2), blocked());
    expect(decide(group).data).toEqual({ rows: [], generation: 2, credential_id: 'cred' });
  });

  it('given a blocked group with failed rows, when an empty list is named, then only the key is renewed', () => {
    const group = given(created(1), requested(1, '0.1'), added(1, '0.1'), updated('0.1', 'failed'), blocked());
    expect(decide(group, { rows: [] }).data.rows).toEqual([]);
    expect(decide(group).data.rows).toEqual([0]);
  });

  it('refuses what costs more than the caller allows, and deleted groups', () => {
    expect(() => decide(mixed(), { maxCostUsd: 0.009 })).toThrow(expect.objectContaining({ code: 'cost_above_limit' }));
    expect(decide(mixed(), { maxCostUsd: 0.01 }).data.rows).toHaveLength(2);
    expect(() => decide(given(created(1), rejected('0.1'), deleted()))).toThrow(
      expect.objectContaining({ code: 'group_expired' }),
    );
  });
});
