import { event, limits, type RowInput } from '@multitask/contracts';
import { decideRetry } from '../commands/retry.decider';
import { given as givenCommands } from '../commands/commands.scenario';
import { applyToView, emptyFold } from '../view/group-view.projection';
import { decideRestore } from '../restore/restore.decider';
import { decideBlock, decideUnblock, isGivenUp } from './block.decider';
import { decideCompletion, mayEndFollowed } from './completion.decider';
import { newMemory } from './holder-memory';
import { created, given, groupId, recorded, report, runIdOf, startAt, updated } from './ingest.scenario';
import { evolve } from './ingest-group.evolver';
import { defaultPolicy as policy } from './policy';
import { decideRuns, type ObservedRun } from './run.decider';

const followed = () => created(0, { followed: true });
const listed = (key: string, status: 'queued' | 'completed', input: RowInput = `question ${key}`): ObservedRun => ({
  ...report(key, status),
  input,
});
const rows = (...keys: string[]) =>
  event('RunsFollowed', {
    first_row: 0,
    runs: keys.map((key) => ({ run_id: runIdOf(key), input: `question ${key}` })),
  });

describe('a run in the list of a group that is followed', () => {
  it('becomes a row with its input, and its end is told right behind', () => {
    const { events, unlisted } = decideRuns(
      given(followed()),
      [listed('0.1', 'completed'), listed('1.1', 'queued')],
      policy,
    );
    expect(events).toEqual([rows('0.1', '1.1'), ...updated('0.1', 'completed')]);
    expect(unlisted).toBe(0);
  });

  it('is one row, however often it is listed', () => {
    const state = given(followed(), [rows('0.1')]);
    expect(decideRuns(state, [listed('0.1', 'queued'), listed('0.1', 'queued')], policy).events).toEqual([]);
    const twice = decideRuns(given(followed()), [listed('0.1', 'queued'), listed('0.1', 'queued')], policy);
    expect(twice.events).toEqual([rows('0.1')]);
  });

  it('waits for the list when its input is not told, and is no stranger', () => {
    const seen = decideRuns(given(followed()), [report('0.1', 'completed')], policy);
    expect(seen).toEqual({ events: [], missingOutputs: [], unlisted: 1 });
  });

  it('keeps its answer whatever key somebody else wrote into its metadata', () => {
    const theirs = listed('5.1', 'completed');
    const { events } = decideRuns(given(followed()), [theirs], policy);
    expect(events[1]).toMatchObject({ data: { key: '0.1', run: { run_id: runIdOf('5.1'), status: 'completed' } } });
  });

  it('is told once, and no row, beyond the largest group there is', () => {
    const state = given(followed());
    state.rows.length = limits.rows;
    const { events } = decideRuns(state, [listed('1.1', 'queued'), listed('2.1', 'queued')], policy);
    expect(events).toEqual([event('SurplusRunSeen', { run_id: runIdOf('1.1'), reason: 'foreign' })]);
  });
});

describe('a group that is followed', () => {
  const listRead = () => newMemory();
  const listUnread = () => ({ ...newMemory(), mustReadList: true });

  it('completes when its list was read and every run in it has ended, also when there is none', () => {
    expect(decideCompletion(given(followed()), listUnread())).toEqual([]);
    expect(decideCompletion(given(followed()), listRead())).toHaveLength(2);
    const done = given(followed(), [rows('0.1')], updated('0.1', 'completed'));
    expect(decideCompletion(done, listUnread())).toEqual([]);
    expect(decideCompletion(done, listRead())[1]!.data).toEqual({ generation: 1, counts: { completed: 1 } });
    expect(decideCompletion(given(followed(), [rows('0.1')]), listRead())).toEqual([]);
  });

  it('has its list read once more when the last of its runs ends', () => {
    const state = given(followed(), [rows('0.1', '1.1')], updated('0.1', 'completed'));
    expect(mayEndFollowed(state, updated('1.1', 'running'))).toBe(false);
    expect(mayEndFollowed(state, updated('1.1', 'failed'))).toBe(true);
    expect(mayEndFollowed(given(followed(), [rows('0.1', '1.1')]), updated('1.1', 'failed'))).toBe(false);
    expect(mayEndFollowed(given(created(1)), updated('0.1', 'completed'))).toBe(false);
  });

  it('is given up like any other when nobody lets us read its list', () => {
    const state = given(followed());
    expect(isGivenUp(state, policy.giveUpMs, policy)).toBe(true);
    const blocked = decideBlock(state, { reason: 'key_refused', message: 'No.' }, startAt, policy);
    expect(blocked).toHaveLength(1);
    recorded(blocked, { seq: 10, at: startAt }).reduce(evolve, state);
    expect(decideUnblock(state, ['key_refused'])).toHaveLength(1);
  });

  it('shows its rows to readers as bought, with nothing reported yet', () => {
    const fold = recorded([...followed(), rows('0.1', '1.1')]).reduce(applyToView, emptyFold(groupId));
    expect(fold.view).toMatchObject({
      followed: true,
      rowCount: 2,
      counts: { queued: 2 },
      rows: [{ row: 0, input: 'question 0.1', runId: runIdOf('0.1'), run: null, status: 'queued' }, { row: 1 }],
    });
  });

  it('is looked at again by a retry, which buys nothing', () => {
    const done = [
      followed(),
      [rows('0.1')],
      updated('0.1', 'failed'),
      [event('GroupCompleted', { generation: 1, counts: { failed: 1 } })],
    ];
    const { state, group } = givenCommands(...done);
    const retry = (asked?: number[]) => decideRetry(state, group, { rows: asked, credentialId: 'cred_2' });
    expect(retry().data).toEqual({ rows: [], generation: 2, credential_id: 'cred_2' });
    expect(retry([]).data.rows).toEqual([]);
    expect(() => retry([0])).toThrow(expect.objectContaining({ code: 'nothing_to_do' }));
    const open = givenCommands(followed(), [rows('0.1')]);
    expect(() => decideRetry(open.state, open.group, { rows: undefined, credentialId: 'c' })).toThrow(
      expect.objectContaining({ code: 'nothing_to_do' }),
    );
  });

  it.each([0, 1, 2, 3, 4])('is what it was after a log that kept %i of its events', (keptEvents) => {
    const whole = [...followed(), rows('0.1', '1.1'), ...updated('0.1', 'completed')];
    const viewOf = (events: typeof whole) => recorded(events).reduce(applyToView, emptyFold(groupId)).view;
    const kept = viewOf(whole)!;
    const facts = decideRestore(kept, viewOf(whole.slice(0, keptEvents)), {
      now: '2026-02-01T00:00:00.000Z',
      newBatchId: () => 'again',
    });
    const { rows: restored, counts, generation, followed: flag } = viewOf([...whole.slice(0, keptEvents), ...facts])!;
    expect({ counts, generation, flag }).toEqual({ counts: kept.counts, generation: 1, flag: true });
    const shown = (view: typeof restored) =>
      view.map(({ input, runId, status, output }) => ({ input, runId, status, output }));
    expect(shown(restored)).toEqual(shown(kept.rows));
  });
});
