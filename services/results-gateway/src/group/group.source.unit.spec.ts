import { InMemoryEventLog, LogUnavailableError } from '@multitask/event-log';
import { createLogger } from '@multitask/platform';
import type { GroupReader } from '@multitask/read-model';
import { applyToView, emptyFold } from '@multitask/task-group';
import { GroupStory, storyGroupId } from '@multitask/testing';
import type { RecordedEvent } from '@multitask/contracts';
import { GroupSource } from './group.source';

const logger = createLogger('test', { level: 'silent', format: 'json' });
const story = () => new GroupStory().created(['a', 'b']).bought([0]);
const view = () => story().events.reduce(applyToView, emptyFold(storyGroupId)).view!;

const nothing = () => Promise.resolve(undefined);
const away = () => Promise.reject(new Error('password of the database is hunter2'));
const knowing = () =>
  Promise.resolve({ position: { incarnation: 'projected', seq: 99 }, view: view(), header: view() });
const reader = (answer: () => Promise<unknown>) =>
  ({ snapshot: answer, header: answer, page: answer, rowByRunId: answer, position: answer }) as unknown as GroupReader;

async function log(told = true): Promise<InMemoryEventLog> {
  const events = new InMemoryEventLog();
  if (told)
    for (const { name, data } of story().events)
      await events.append(storyGroupId, [{ name, data } as RecordedEvent], 'any');
  return events;
}

const brokenLog = () => {
  const fail = () => Promise.reject(new LogUnavailableError('no answer'));
  const readGroup = () => ({ [Symbol.asyncIterator]: () => ({ next: fail }) });
  return { readGroup, incarnation: fail, lastSeq: fail } as unknown as InMemoryEventLog;
};

const from = (answer: () => Promise<unknown>, events: InMemoryEventLog) =>
  new GroupSource(reader(answer), events, logger);

describe('a group', () => {
  it('comes from the read model when it is there', async () => {
    const found = await from(knowing, brokenLog()).snapshot(storyGroupId);
    expect(found).toMatchObject({ incarnation: 'projected', from: 'read model' });
  });

  it.each([
    ['does not know it yet', nothing],
    ['is away', away],
  ])('comes from the log when the read model %s', async (_, answer) => {
    for (const read of ['snapshot', 'header', 'page'] as const) {
      const found = await from(answer, await log())[read](storyGroupId, 0, 10);
      expect(found).toMatchObject({ from: 'log', view: { rowCount: 2, counts: { queued: 2 } } });
    }
  });

  it('that is read piece by piece is not ready when the read model breaks off, and says nothing of why', async () => {
    const close = () => Promise.resolve();
    const opened = async () => ({ ...(await knowing()), read: away, close });
    const groups = { ...reader(knowing), open: opened } as unknown as GroupReader;
    const group = await new GroupSource(groups, await log(), logger).open(storyGroupId);
    const failure = await group.read(0, 10).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'not_ready', message: expect.not.stringContaining('hunter2') });
  });

  it('never goes back behind what was told from the log, and comes from the read model once that has caught up', async () => {
    const events = await log();
    const told = { incarnation: await events.incarnation(), seq: await events.lastSeq(storyGroupId) };
    let answer: () => Promise<unknown> = away;
    const source = from(() => answer(), events);
    await source.snapshot(storyGroupId);
    for (const [seq, where] of [
      [told.seq - 1, 'log'],
      [told.seq, 'read model'],
    ] as const) {
      answer = () => Promise.resolve({ position: { ...told, seq }, view: view(), header: view() });
      for (const read of ['snapshot', 'header', 'page'] as const)
        expect((await source[read](storyGroupId, 0, 10)).from).toBe(where);
    }
  });

  it('comes from the log while the read model catches up, and from what there is when the log is away, too', async () => {
    const events = await log();
    const seq = (await events.lastSeq(storyGroupId)) - 1;
    const behind = () => Promise.resolve({ position: { incarnation: 'i', seq }, view: view(), header: view() });
    const catchingUp = (of: InMemoryEventLog) => new GroupSource(reader(behind), of, logger, () => true);
    expect((await catchingUp(events).snapshot(storyGroupId)).from).toBe('log');
    expect((await catchingUp(brokenLog()).snapshot(storyGroupId)).from).toBe('read model');
  });

  it('is unknown only when the log says so', async () => {
    for (const answer of [nothing, away])
      await expect(from(answer, await log(false)).header(storyGroupId)).rejects.toMatchObject({
        code: 'group_not_found',
      });
  });

  it.each([
    ['does not know it', nothing],
    ['is away', away],
  ])('is not ready, never unknown, when the read model %s and the log cannot be asked', async (_, answer) => {
    const refused = from(answer, brokenLog()).snapshot(storyGroupId);
    await expect(refused).rejects.toMatchObject({ code: 'not_ready', message: expect.not.stringContaining('hunter2') });
  });

  it('that expired is gone, wherever that is known from', async () => {
    const expired = story().expired();
    const gone = { ...view(), ...expired.events.reduce(applyToView, emptyFold(storyGroupId)).view! };
    const projected = () => Promise.resolve({ position: { incarnation: 'x', seq: 9 }, view: gone, header: gone });
    await expect(from(projected, brokenLog()).header(storyGroupId)).rejects.toMatchObject({ code: 'group_expired' });
    const events = await log();
    const { name, data } = expired.events.at(-1)!;
    await events.append(storyGroupId, [{ name, data } as RecordedEvent], 'any');
    await expect(from(nothing, events).snapshot(storyGroupId)).rejects.toMatchObject({ code: 'group_expired' });
  });
});
