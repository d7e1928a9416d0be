import { event, type GroupEvent } from '@multitask/contracts';
import {
  AppendUnclearError,
  InMemoryEventLog,
  LogFullError,
  LogUnavailableError,
  type Appended,
  type EventLog,
  type Expectation,
} from '@multitask/event-log';
import { createLogger, Metrics } from '@multitask/platform';
import { defaultPolicy } from '@multitask/task-group';
import { IngestMetrics } from '../ingest.metrics';
import { GroupSession } from './group.session';

const groupId = `tgrp_${'5'.repeat(32)}`;
const created = (rows: number): GroupEvent[] => [
  event('RowsAccepted', { batch_id: 'b', first_row: 0, inputs: Array.from({ length: rows }, (_, i) => `row ${i}`) }),
  event('GroupCreated', {
    batch_id: 'b',
    row_count: rows,
    generation: 1,
    spec: { processor: 'lite', output: { type: 'auto' }, ttl_days: 30 },
    credential_id: 'c',
    owner_fingerprint: 'o',
    warnings: [],
    origin: '',
    upstream: 'emulator',
    estimated_cost_usd: null,
  }),
];
const request = event('RunsRequested', { batch: 1, keys: ['0.1'], deadline: '2026-01-01T00:00:00Z' });

/** A log whose next appends fail as told: `before` nothing is stored, `after` it is and nobody learns of it. */
class TroubledLog extends InMemoryEventLog {
  readonly troubles: { when: 'before' | 'after'; error: Error }[] = [];

  override async append(id: string, events: readonly GroupEvent[], expect: Expectation): Promise<Appended> {
    const trouble = this.troubles.shift();
    if (trouble?.when === 'before') throw trouble.error;
    const appended = await super.append(id, events, expect);
    if (trouble) throw trouble.error;
    return appended;
  }
}

async function open(log: EventLog, rows = 2): Promise<GroupSession> {
  await log.append(groupId, created(rows), 'any');
  const metrics = new IngestMetrics(new Metrics('test', { processMetrics: false }));
  const logger = createLogger('test', { level: 'silent', format: 'json' });
  const lease = { revision: 1, lost: new AbortController().signal };
  const session = await GroupSession.takeOver(groupId, 'one', lease, { log, policy: defaultPolicy, metrics, logger });
  return session!;
}

async function names(log: EventLog): Promise<string[]> {
  const all: string[] = [];
  for await (const entry of log.readGroup(groupId)) if (entry.kind === 'event') all.push(entry.event.name);
  return all;
}

const askOnce = (session: GroupSession) => session.commit((state) => (state.lastBatch === 0 ? [request] : []), 'group');

describe('an append', () => {
  it.each([
    ['was stored although nobody said so', { when: 'after' as const, error: new AppendUnclearError('?') }],
    ['was not stored, and nobody said so', { when: 'before' as const, error: new AppendUnclearError('?') }],
    ['was refused because the log was full', { when: 'before' as const, error: new LogFullError('full') }],
    ['came while the log was away', { when: 'before' as const, error: new LogUnavailableError('away') }],
  ])('that %s leaves its fact in the log once', async (_, trouble) => {
    const log = new TroubledLog();
    const session = await open(log);
    log.troubles.push(trouble);
    await askOnce(session);
    expect((await names(log)).filter((name) => name === 'RunsRequested')).toHaveLength(1);
    expect(session.state.batches.get(1)?.rows.size).toBe(1);
  });

  it('is decided again when a command was faster', async () => {
    const log = new InMemoryEventLog();
    const session = await open(log);
    await log.append(groupId, [event('CancelRequested', { generation: 1 })], 'any');
    const seen: boolean[] = [];
    await session.commit((state) => {
      seen.push(state.header!.cancelled);
      return state.header!.cancelled ? [] : [request];
    }, 'group');
    expect(seen).toEqual([false, true]);
    expect(await names(log)).not.toContain('RunsRequested');
  });

  it('of thousands of events is stored whole', async () => {
    const log = new InMemoryEventLog();
    const session = await open(log, 450);
    const added = Array.from({ length: 450 }, (_, row) =>
      event('RunsAdded', { batch: 1, runs: [{ key: `${row}.1`, run_id: `trun_${row}` }] }),
    );
    await session.commit((state) => (state.runs.size < 450 ? added : []));
    expect(session.state.runs.size).toBe(450);
    expect((await names(log)).filter((name) => name === 'RunsAdded')).toHaveLength(450);
  });
});

describe('a session', () => {
  it('is over when the group is complete, and says so in the log before', async () => {
    const log = new InMemoryEventLog();
    const session = await open(log, 1);
    await session.commit(() => [event('RunsRejected', { runs: [{ key: '0.1', code: 'x', message: 'x' }] })]);
    expect(session.over.aborted).toBe(true);
    expect((await names(log)).at(-1)).toBe('GroupCompleted');
    await expect(session.commit(() => [request])).rejects.toThrow('complete');
  });

  it('lets go when the log was purged or set back', async () => {
    const log = new InMemoryEventLog();
    const session = await open(log);
    await log.purgeGroup(groupId);
    await expect(askOnce(session)).rejects.toThrow('purged or set back');
    expect(session.over.aborted).toBe(true);
  });

  it('lets go when its lease ends, and appends nothing more', async () => {
    const log = new InMemoryEventLog();
    const session = await open(log);
    session.lose('the lease ended');
    await expect(askOnce(session)).rejects.toThrow('the lease ended');
    expect(await names(log)).not.toContain('RunsRequested');
  });

  it('reads the list before it buys when somebody else held the group before', async () => {
    const log = new InMemoryEventLog();
    expect((await open(log)).memory.mustReadList).toBe(false);
    const metrics = new IngestMetrics(new Metrics('test', { processMetrics: false }));
    const logger = createLogger('test', { level: 'silent', format: 'json' });
    const lease = { revision: 2, lost: new AbortController().signal };
    const next = await GroupSession.takeOver(groupId, 'two', lease, { log, policy: defaultPolicy, metrics, logger });
    expect(next!.memory.mustReadList).toBe(true);
  });
});
