import { event } from '@multitask/contracts';
import { decideCompletion } from './completion.decider';
import { newMemory } from './holder-memory';
import { isOpen, unsettledRows } from './ingest-group';
import { evolve, evolveAppended } from './ingest-group.evolver';
import { added, created, given, recorded, requested, updated } from './ingest.scenario';

describe('the ingestor’s fold of a group', () => {
  it('knows every row, and where its input stands, but holds no input', () => {
    const state = given(created(3));
    expect(state.rows).toHaveLength(3);
    expect(state.chunks).toEqual([{ batchId: 'b1', firstRow: 0, rowCount: 3, readFrom: 1 }]);
    expect(JSON.stringify([...state.rows, ...state.chunks])).not.toContain('Company');
  });

  it('is the same whether its own appends come back from the log or not', () => {
    const state = given(created(2));
    const own = requested(1, '0.1', '1.1');
    evolveAppended(state, own, { lastSeq: 3, time: '2026-01-01T00:00:02.000Z', complete: true });
    const again = recorded(own, { seq: 3, at: 0 })[0]!;
    const before = JSON.stringify(state.positions);
    evolve(state, again);
    expect(JSON.stringify(state.positions)).toBe(before);
    expect(state.batches.get(1)?.requestedAt).toBe(Date.parse('2026-01-01T00:00:02.000Z'));
  });

  it('does not skip a command that slipped in between its own appends', () => {
    const state = given(created(2));
    evolveAppended(state, added(1, '0.1'), { lastSeq: 9, time: '2026-01-01T00:00:02.000Z', complete: false });
    expect(state.positions.seen).toBe(2);
    evolve(state, recorded([event('CancelRequested', { generation: 1 })], { seq: 5, at: 0 })[0]!);
    expect(state.counts).toEqual({ queued: 1, cancelled: 1 });
  });

  it('completes when every row has its end and nothing is asked for', () => {
    const bought = given(created(2), requested(1, '0.1', '1.1'), added(1, '0.1', '1.1'), updated('0.1', 'completed'));
    expect(decideCompletion(bought, newMemory())).toEqual([]);
    const done = given(
      created(2),
      requested(1, '0.1', '1.1'),
      added(1, '0.1', '1.1'),
      updated('0.1', 'completed'),
      updated('1.1', 'failed'),
    );
    expect(decideCompletion(done, newMemory()).map(({ name }) => name)).toEqual([
      'GroupStatusChanged',
      'GroupCompleted',
    ]);
    expect(decideCompletion(done, newMemory())[1]!.data).toEqual({
      generation: 1,
      counts: { completed: 1, failed: 1 },
    });
  });

  it('does not complete while a cancelled row may turn out to have been bought', () => {
    const state = given(created(1), requested(1, '0.1'), [event('CancelRequested', { generation: 1 })]);
    expect(unsettledRows(state)).toBe(0);
    expect(decideCompletion(state, newMemory())).toEqual([]);
  });

  it('opens again for a retry, and takes the earlier run for what it is', () => {
    const first = [created(1), requested(1, '0.1'), added(1, '0.1'), updated('0.1', 'failed')];
    const completed = [event('GroupCompleted', { generation: 1, counts: {} })];
    expect(isOpen(given(...first, completed))).toBe(false);
    const retried = given(...first, completed, [
      event('RetryRequested', { rows: [0], generation: 2, credential_id: 'cred_2' }),
    ]);
    expect(isOpen(retried)).toBe(true);
    expect(retried.rows[0]).toMatchObject({ attempt: 2, status: 'queued', runId: null });
    expect(retried.runs.get('trun_0.1_0')).toBe(0);
    expect(retried.header?.credentialId).toBe('cred_2');
  });

  it('is never open again once it has expired or was deleted', () => {
    expect(isOpen(given(created(1), [event('DeleteRequested', { generation: 1 })]))).toBe(false);
    expect(isOpen(given(created(1), [event('GroupExpired', { reason: 'ttl', expired_at: '' })]))).toBe(false);
  });
});
