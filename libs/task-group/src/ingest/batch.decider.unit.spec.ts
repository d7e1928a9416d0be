import { event } from '@multitask/contracts';
import { decideBatch, planBatch, unclearKeys } from './batch.decider';
import { newMemory } from './holder-memory';
import { keyOf } from './ingest-group';
import { added, created, given, requested, startAt } from './ingest.scenario';
import { rememberListing } from './listing.decider';
import { policyOf } from './policy';

const policy = policyOf({ rowsPerBatch: 2, rowsPerLargeBatch: 3, largeGroupRows: 5 });
const keys = (plan: ReturnType<typeof planBatch>) => plan?.rows.map(keyOf);

describe('the next batch', () => {
  it('takes fresh rows in order, as many as the setting says', () => {
    expect(keys(planBatch(given(created(5)), newMemory(), policy))).toEqual(['0.1', '1.1']);
    expect(keys(planBatch(given(created(6)), newMemory(), policy))).toEqual(['0.1', '1.1', '2.1']);
  });

  it('takes what the pace allows', () => {
    expect(keys(planBatch(given(created(5)), newMemory(), policy, 1))).toEqual(['0.1']);
  });

  it('goes on behind what is bought', () => {
    const state = given(created(5), requested(1, '0.1', '1.1'), added(1, '0.1', '1.1'));
    expect(keys(planBatch(state, newMemory(), policy))).toEqual(['2.1', '3.1']);
  });

  it('waits while nobody knows what became of the last one', () => {
    const state = given(created(5), requested(1, '0.1', '1.1'));
    expect(unclearKeys(state, newMemory())).toEqual(['0.1', '1.1']);
    expect(planBatch(state, newMemory(), policy)).toBeUndefined();
  });

  it('waits for the list of runs when the group had another holder', () => {
    const memory = { ...newMemory(), mustReadList: true };
    const state = given(created(2));
    expect(planBatch(state, memory, policy)).toBeUndefined();
    rememberListing(state, memory, { startedAt: startAt, complete: false, keys: new Set() }, policy);
    expect(planBatch(state, memory, policy)).toBeUndefined();
    rememberListing(state, memory, { startedAt: startAt, complete: true, keys: new Set() }, policy);
    expect(keys(planBatch(state, memory, policy))).toEqual(['0.1', '1.1']);
  });

  it('asks again for keys of which it is known that nothing was bought', () => {
    const memory = newMemory();
    memory.cleared.add('0.1').add('1.1');
    const state = given(created(5), requested(1, '0.1', '1.1'));
    const plan = planBatch(state, memory, policy)!;
    expect(keys(plan)).toEqual(['0.1', '1.1']);
    expect(decideBatch(state, plan, policy, startAt).events).toEqual([
      event('RunsRequested', { batch: 2, keys: ['0.1', '1.1'], deadline: '2026-01-01T00:00:30.000Z' }),
    ]);
  });

  it('asks for suspects alone', () => {
    const memory = newMemory();
    memory.cleared.add('0.1').add('1.1');
    memory.suspects = [['1.1'], ['0.1']];
    expect(keys(planBatch(given(created(5), requested(1, '0.1', '1.1')), memory, policy))).toEqual(['1.1']);
  });

  it('refuses a row that the upstream would not take, alone', () => {
    const inputs = ['x'.repeat(24_990), 'short'];
    const state = given([event('RowsAccepted', { batch_id: 'b1', first_row: 0, inputs }), ...created(2).slice(1)]);
    const plan = planBatch(state, newMemory(), policy)!;
    expect(keys(plan)).toEqual(['1.1']);
    const [refusal, request] = decideBatch(state, plan, policy, startAt).events;
    expect(refusal).toMatchObject({ name: 'RunsRejected', data: { runs: [{ key: '0.1', code: 'row_too_large' }] } });
    expect(request).toMatchObject({ name: 'RunsRequested', data: { keys: ['1.1'] } });
  });

  it('keeps a request below the size of one POST', () => {
    const small = policyOf({ charactersPerBatch: 120, rowsPerBatch: 100 });
    expect(keys(planBatch(given(created(5)), newMemory(), small))!.length).toBeLessThan(5);
  });

  it('buys nothing after a cancel, and tells that a cleared row was not bought', () => {
    const memory = newMemory();
    const cancelled = given(created(3), requested(1, '0.1'), [event('CancelRequested', { generation: 1 })]);
    expect(planBatch(cancelled, memory, policy)).toBeUndefined();
    memory.cleared.add('0.1');
    const plan = planBatch(cancelled, memory, policy)!;
    expect(plan.rows).toEqual([]);
    expect(plan.refused).toMatchObject([{ key: '0.1', code: 'cancelled' }]);
    expect(planBatch(cancelled, memory, policy, 0)).toEqual(plan);
  });

  it('buys nothing for a group that is only followed', () => {
    expect(planBatch(given(created(3, { followed: true })), newMemory(), policy)).toBeUndefined();
  });
});

describe('the policy', () => {
  it('cannot be set so that a row could be bought twice', () => {
    expect(() => policyOf({ requestAgainMs: 60_000 })).toThrow(RangeError);
    expect(policyOf({ listedWithinMs: 100_000 }).requestAgainMs).toBe(140_000);
  });
});
