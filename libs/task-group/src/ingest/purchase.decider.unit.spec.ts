import { event } from '@multitask/contracts';
import { newMemory } from './holder-memory';
import { added, created, given, requested } from './ingest.scenario';
import { defaultPolicy as policy } from './policy';
import { decidePurchase, judgePurchase, rememberPurchase, type PurchaseOutcome } from './purchase.decider';

const keys = ['0.1', '1.1', '2.1', '3.1'];
const fresh = () => given(created(4), requested(1, ...keys));
const later = () => given(created(8), requested(1, '4.1'), added(1, '4.1'), requested(2, ...keys));
const refused = (
  status: number,
  rest: Partial<Extract<PurchaseOutcome, { kind: 'refused' }>> = {},
): PurchaseOutcome => ({
  kind: 'refused',
  status,
  message: 'no',
  ...rest,
});

describe('an accepted purchase', () => {
  it('is joined by row key unless the order of ids is known to be that of the inputs', () => {
    const memory = newMemory();
    const outcome = { kind: 'added', runIds: ['a', 'b', 'c', 'd'] } as const;
    expect(judgePurchase(fresh(), memory, keys, outcome, policy).kind).toBe('join');
    memory.pairing = 'in-order';
    const verdict = judgePurchase(fresh(), memory, keys, outcome, policy);
    expect(decidePurchase(fresh(), 1, verdict)).toMatchObject([
      {
        name: 'RunsAdded',
        data: { batch: 1, runs: [{ key: '0.1', run_id: 'a' }, {}, {}, { key: '3.1', run_id: 'd' }] },
      },
    ]);
  });

  it('is joined when it took fewer rows than were sent', () => {
    const memory = { ...newMemory(), pairing: 'in-order' as const };
    expect(judgePurchase(fresh(), memory, keys, { kind: 'added', runIds: ['a'] }, policy).kind).toBe('join');
  });

  it('adds nothing that the stream was faster to tell', () => {
    const state = given(created(1), requested(1, '0.1'), added(1, '0.1'));
    expect(decidePurchase(state, 1, { kind: 'added', runs: [{ key: '0.1', run_id: 'trun_0.1_0' }] })).toEqual([]);
  });
});

describe('a refused purchase', () => {
  it('names the row at fault where the upstream does', () => {
    const verdict = judgePurchase(
      fresh(),
      newMemory(),
      keys,
      refused(422, { loc: ['body', 'inputs', 2, 'input'] }),
      policy,
    );
    expect(decidePurchase(fresh(), 1, verdict)).toEqual([
      event('RunsRejected', { runs: [{ key: '2.1', code: 'invalid_inputs', message: 'no' }] }),
    ]);
  });

  it('refuses all rows when the specification is at fault', () => {
    const verdict = judgePurchase(
      fresh(),
      newMemory(),
      keys,
      refused(422, { loc: ['body', 'default_task_spec'] }),
      policy,
    );
    expect(decidePurchase(fresh(), 1, verdict)).toMatchObject([{ data: { runs: { length: 4 } } }]);
  });

  it('is halved until one row is found, when nobody says which', () => {
    const memory = newMemory();
    const verdict = judgePurchase(fresh(), memory, keys, refused(422), policy);
    rememberPurchase(memory, keys, verdict, policy);
    expect(memory.suspects).toEqual([
      ['0.1', '1.1'],
      ['2.1', '3.1'],
    ]);
    expect([...memory.cleared]).toEqual(keys);
    expect(judgePurchase(fresh(), memory, ['0.1'], refused(422), policy)).toMatchObject({ kind: 'reject' });
  });

  it('takes the specification as refused when row after row is, in the same words, and none was bought', () => {
    const memory = newMemory();
    const verdicts = ['0.1', '1.1', '2.1', '3.1', '4.1'].map((key) => {
      const verdict = judgePurchase(fresh(), memory, [key], refused(422), policy);
      rememberPurchase(memory, [key], verdict, policy);
      return verdict.kind;
    });
    expect(verdicts).toEqual(['reject', 'reject', 'reject', 'reject', 'reject-all']);
  });

  it.each([
    [401, { kind: 'block', reason: 'key_refused' }],
    [404, { kind: 'block', reason: 'key_refused' }],
    [403, { kind: 'block', reason: 'key_refused' }],
    [402, { kind: 'afford', rows: 2 }],
    [429, { kind: 'later', afterMs: undefined }],
  ])('with %i for a group that has runs', (status, expected) => {
    expect(judgePurchase(later(), newMemory(), keys, refused(status), policy)).toMatchObject(expected);
  });

  it('rejects the rows at once when the very first batch is forbidden: a processor that is not theirs', () => {
    const verdict = judgePurchase(fresh(), newMemory(), keys, refused(403), policy);
    expect(decidePurchase(fresh(), 1, verdict)).toMatchObject([
      { name: 'RunsRejected', data: { runs: [{ code: 'processor_refused' }, {}, {}, {}] } },
    ]);
  });

  it('asks for less and less credit before it says that there is none, and for more once some was had', () => {
    const memory = newMemory();
    rememberPurchase(memory, keys, judgePurchase(fresh(), memory, keys, refused(402), policy), policy);
    expect(memory.affordableRows).toBe(2);
    expect(judgePurchase(fresh(), memory, ['0.1'], refused(402), policy)).toMatchObject({
      kind: 'block',
      reason: 'credit',
    });
    rememberPurchase(memory, ['0.1'], { kind: 'join' }, policy);
    expect(memory.affordableRows).toBe(4);
  });

  it('waits as long as the upstream asks', () => {
    expect(judgePurchase(fresh(), newMemory(), keys, refused(429, { retryAfter: 7 }), policy)).toEqual({
      kind: 'later',
      afterMs: 7_000,
    });
  });
});

describe('a purchase that nobody knows the end of', () => {
  it('clears nothing', () => {
    const memory = newMemory();
    const verdict = judgePurchase(fresh(), memory, keys, { kind: 'unclear', reason: 'cut' }, policy);
    rememberPurchase(memory, keys, verdict, policy);
    expect(memory.cleared.size).toBe(0);
    expect(decidePurchase(fresh(), 1, verdict)).toEqual([]);
  });

  it('is another matter than one that was never sent', () => {
    const memory = newMemory();
    const verdict = judgePurchase(fresh(), memory, keys, { kind: 'unsent', reason: 'refused connection' }, policy);
    rememberPurchase(memory, keys, verdict, policy);
    expect(memory.cleared.size).toBe(4);
  });
});
