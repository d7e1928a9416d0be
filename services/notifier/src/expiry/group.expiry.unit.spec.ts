import { event, type GroupEvent } from '@multitask/contracts';
import { InMemoryEventLog } from '@multitask/event-log';
import { createLogger, Metrics } from '@multitask/platform';
import type { GroupReader } from '@multitask/read-model';
import { applyToView, emptyFold } from '@multitask/task-group';
import { GroupStory, storyGroupId } from '@multitask/testing';
import { NotifierMetrics } from '../notifier.metrics';
import { GroupExpiry } from './group.expiry';
import { GroupPurge } from './group.purge';

const groupId = storyGroupId;
const created = new Date('2026-11-21T12:00:00Z');
const now = new Date('2027-01-01T00:00:00Z');

/** A log that does something of its own just before an append, as another writer would. */
class InterruptedLog extends InMemoryEventLog {
  interruption: (() => Promise<unknown>) | undefined;

  override async append(...call: Parameters<InMemoryEventLog['append']>) {
    const interrupt = this.interruption;
    this.interruption = undefined;
    await interrupt?.();
    return super.append(...call);
  }
}

async function setting() {
  const log = new InterruptedLog({ now: () => created });
  const tell = async (...facts: GroupEvent[]) => {
    for (const { name, data } of facts) await log.append(groupId, [{ name, data } as GroupEvent], 'any');
  };
  await tell(...new GroupStory().created(['a']).bought([0]).completedRow(0, {}).completed().events);
  /** The tables as far as the projector has come: to the end, unless frozen. */
  let frozenAt = Infinity;
  const header: GroupReader['header'] = async () => {
    const fold = emptyFold(groupId);
    for await (const entry of log.readGroup(groupId))
      if (entry.kind === 'event' && entry.event.seq <= frozenAt) applyToView(fold, entry.event);
    return fold.view && { header: fold.view, position: { incarnation: 'x', seq: fold.view.seq } };
  };
  const groups = { header } as GroupReader;
  const expiry = new GroupExpiry({
    log,
    groups,
    repository: { groupsToExpire: async () => [{ groupId, reason: 'ttl' as const }] },
    metrics: new NotifierMetrics(new Metrics('test', { processMetrics: false })),
    logger: createLogger('test', { level: 'silent', format: 'json' }),
    now: () => now,
  });
  const vault = { destroyBySubject: async () => 0, destroy: async () => 0 };
  const purge = new GroupPurge({
    log,
    groups,
    vault: vault as never,
    leftovers: { forgetTraces: async () => undefined },
  });
  const names = async () => {
    const found: string[] = [];
    for await (const entry of log.readGroup(groupId)) if (entry.kind === 'event') found.push(entry.event.name);
    return found;
  };
  return { log, tell, expiry, purge, names, freeze: async () => (frozenAt = await log.lastSeq(groupId)) };
}

const retried = event('RetryRequested', { rows: [0], generation: 2, credential_id: 'c2' });
const runUpdated = new GroupStory().created(['a']).bought([0]).reported(0, 'running').events.at(-1)!;

describe('ending a group', () => {
  test('given a group that is due, then it ends', async () => {
    const { expiry, names } = await setting();
    await expiry.expireDue(new AbortController().signal);
    expect((await names()).at(-1)).toBe('GroupExpired');
  });

  test('given a retry that the tables do not show yet, when its time to live ends, then it goes on', async () => {
    const { expiry, names, tell, freeze } = await setting();
    await freeze();
    await tell(retried);
    expect(await expiry.expire(groupId, 'ttl')).toBe(false);
    expect(await names()).not.toContain('GroupExpired');
    expect(await expiry.expire(groupId, 'lifetime')).toBe(true);
  });

  test('given a retry that came after the group was found to be due, then it goes on', async () => {
    const { expiry, names, tell } = await setting();
    await tell(retried);
    await expiry.expireDue(new AbortController().signal);
    expect(await names()).not.toContain('GroupExpired');
  });

  test('given a retry in the very moment of the end, then the fence lets the retry win', async () => {
    const { expiry, names, log, tell } = await setting();
    log.interruption = () => tell(retried);
    expect(await expiry.expire(groupId, 'ttl')).toBe(false);
    expect((await names()).slice(-1)).toEqual(['RetryRequested']);
  });

  test('given two notifiers, when both end a group, then there is one tombstone', async () => {
    const { expiry, names } = await setting();
    await Promise.all([expiry.expire(groupId, 'ttl'), expiry.expire(groupId, 'ttl')]);
    await expiry.expire(groupId, 'deleted');
    expect((await names()).filter((name) => name === 'GroupExpired')).toHaveLength(1);
  });
});

describe('purging a group', () => {
  test('given a holder that keeps writing while it is purged, then its facts go too', async () => {
    const { expiry, purge, names, log, tell } = await setting();
    await expiry.expire(groupId, 'deleted');
    await tell(runUpdated);
    log.interruption = () => tell(runUpdated);
    await purge.purge(groupId);
    expect(await names()).toEqual(['GroupExpired']);
    await purge.purge(groupId);
    expect(await names()).toEqual(['GroupExpired']);
  });

  test('given a group that has not ended, then its log stays', async () => {
    const { purge, names } = await setting();
    const before = await names();
    await purge.purge(groupId);
    expect(await names()).toEqual(before);
  });
});
