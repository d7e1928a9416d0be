import { event, type RecordedEvent } from '@multitask/contracts';
import { GroupStory, jsonOutput, storyRunId } from '@multitask/testing';
import { changedRows } from './changed-rows';
import { flattenRow } from './flat-row';
import { isActive, type GroupView } from './group-view';
import { applyToView, emptyFold } from './group-view.projection';

const countries = [{ country: 'France' }, { country: 'Japan' }, { country: 'Kenya' }];
const fold = (events: readonly RecordedEvent[]) => events.reduce(applyToView, emptyFold(events[0]?.groupId ?? '')).view;
const viewOf = (story: GroupStory): GroupView => fold(story.events)!;
const statuses = (view: GroupView) => view.rows.map((row) => row.status);

describe('the view of a group', () => {
  it('given rows nobody committed, there is no group', () => {
    expect(fold(new GroupStory().created(countries).events.slice(0, 1))).toBeUndefined();
  });

  it('given a create, all rows are queued and unbought, in input order', () => {
    const view = viewOf(new GroupStory().created(countries));
    expect(view.rows.map((row) => row.input)).toEqual(countries);
    expect(view.rows.every((row) => row.runId === null && row.status === 'queued')).toBe(true);
    expect(view).toMatchObject({ rowCount: 3, counts: { queued: 3 }, seq: 2, expiresAt: null });
    expect(isActive(view)).toBe(true);
  });

  it('given a chunk that was written twice and chunks out of order, each row is there once', () => {
    const story = new GroupStory();
    const chunk = (first_row: number, ...inputs: string[]) =>
      story.record(event('RowsAccepted', { batch_id: 'batch_1', first_row, inputs }));
    chunk(2, 'c', 'd');
    chunk(0, 'a', 'b');
    chunk(0, 'a', 'b');
    const created = new GroupStory().created([]).events[1]!;
    const last = { ...created, seq: 4 } as RecordedEvent;
    expect(fold([...story.events, last])!.rows.map((row) => row.input)).toEqual(['a', 'b', 'c', 'd']);
  });

  it('given no rows, no status is counted', () => {
    expect(viewOf(new GroupStory().created([])).counts).toEqual({});
  });

  it('given runs bought, rows keep their place and learn their run', () => {
    const view = viewOf(new GroupStory().created(countries).bought([2, 0]));
    expect(view.rows.map((row) => row.runId)).toEqual([storyRunId(0), null, storyRunId(2)]);
    expect(view.counts).toEqual({ queued: 3 });
  });

  it('given a second purchase of a row, the first stays', () => {
    const twice = event('RunsAdded', { batch: 2, runs: [{ key: '0.1', run_id: 'trun_other' }] });
    expect(viewOf(new GroupStory().created(countries).bought([0]).record(twice)).rows[0]!.runId).toBe(storyRunId(0));
  });

  it('given a report, the row has its status, run and output', () => {
    const view = viewOf(new GroupStory().created(countries).bought([0, 1, 2]).completedRow(1, { capital: 'Tokyo' }));
    expect(view.rows[1]).toMatchObject({ status: 'completed', run: { status: 'completed' } });
    expect(flattenRow(view.rows[1]!)).toMatchObject({ country: 'Japan', capital: 'Tokyo' });
    expect(view.counts).toEqual({ queued: 2, completed: 1 });
  });

  it('given reports of several runs in one entry, each moves its row as if it had come alone', () => {
    const begin = () => new GroupStory().created(countries).bought([0, 1, 2]);
    const tell = (story: GroupStory) => story.completedRow(1, { capital: 'Tokyo' }).reported(0, 'running');
    const [alone, together] = [viewOf(tell(begin())), viewOf(begin().together(tell))];
    expect(together.counts).toEqual(alone.counts);
    expect(together.rows.map(flattenRow)).toEqual(alone.rows.map(flattenRow));
    expect(together.rows.map(({ updatedSeq }) => updatedSeq === together.seq)).toEqual([true, true, false]);
  });

  it('given a report for a run that is not the row’s, nothing changes', () => {
    const story = new GroupStory().created(countries).bought([0]);
    const before = structuredClone(viewOf(story).rows);
    const other = event('RunUpdated', { key: '0.1', run: { run_id: 'trun_other', status: 'completed' } });
    expect(viewOf(story.record(other)).rows).toEqual(before);
  });

  it.each(['completed', 'failed', 'cancelled', 'action_required'] as const)(
    'given a run that ended %s, no later report changes it',
    (end) => {
      const story = new GroupStory().created(countries).bought([0]).reported(0, end);
      story.reported(0, 'running').reported(0, 'completed').reported(0, 'failed').reported(0, 'cancelled');
      expect(viewOf(story).rows[0]!.status).toBe(end);
    },
  );

  it('given a refused row, it says why and has no run', () => {
    const view = viewOf(new GroupStory().created(countries).rejected(1, 'Too long.'));
    expect(view.rows[1]).toMatchObject({ status: 'rejected', runId: null, refusal: { message: 'Too long.' } });
  });

  describe('cancelled', () => {
    it('given rows not bought, they are cancelled; bought and ended ones go their way', () => {
      const story = new GroupStory()
        .created([...countries, { country: 'Peru' }])
        .bought([0])
        .rejected(1);
      expect(statuses(viewOf(story.cancelled()))).toEqual(['queued', 'rejected', 'cancelled', 'cancelled']);
    });

    it('given a purchase that was on its way, the row lives on: bought is bought', () => {
      const view = viewOf(new GroupStory().created(countries).cancelled().bought([1]));
      expect(statuses(view)).toEqual(['cancelled', 'queued', 'cancelled']);
      expect(view.counts).toEqual({ cancelled: 2, queued: 1 });
    });
  });

  describe('completed', () => {
    const done = () =>
      new GroupStory().created(['a']).bought([0]).reported(0, 'failed', { error: 'No answer.' }).completed();

    it('given the end of a generation, the group is inactive and expires ttl_days later', () => {
      const view = viewOf(done());
      expect(isActive(view)).toBe(false);
      expect(Date.parse(view.expiresAt!) - Date.parse(view.completedAt!)).toBe(30 * 86_400_000);
    });

    it('given the same end again, neither its time nor the webhook’s state moves', () => {
      const story = new GroupStory()
        .created(['a'], { webhook_id: 'hook' })
        .bought([0])
        .reported(0, 'failed')
        .completed();
      const delivered = event('WebhookAttempted', {
        generation: 1,
        attempt: 1,
        status: 200,
        error: null,
        delivered: true,
        next_try_at: null,
      });
      const first = viewOf(story.record(delivered));
      expect(viewOf(story.completed())).toMatchObject({ completedAt: first.completedAt, webhook: 'delivered' });
    });

    it('given the end of an older generation, the newer goes on', () => {
      const old = event('GroupCompleted', { generation: 1, counts: {} });
      expect(isActive(viewOf(done().appended(['b']).record(old)))).toBe(true);
    });

    it('given a retry, failed rows are queued again under the next attempt and keep their earlier run', () => {
      const view = viewOf(
        done()
          .retried(0)
          .bought([0], 2)
          .reported(0, 'completed', { output: jsonOutput({ n: 1 }), attempt: 2 }),
      );
      expect(view.rows[0]).toMatchObject({ attempt: 2, status: 'completed', runId: storyRunId(0, 2) });
      expect(view.rows[0]!.previous).toMatchObject([{ run: { run_id: storyRunId(0, 1), status: 'failed' } }]);
      expect(view).toMatchObject({ generation: 2, expiresAt: null, credentialId: 'cred_2' });
    });

    it('given a retry of a completed row, it is not bought again', () => {
      const story = new GroupStory().created(['a']).bought([0]).completedRow(0, { n: 1 }).completed().retried(0);
      expect(viewOf(story).rows[0]).toMatchObject({ attempt: 1, status: 'completed' });
    });

    it('given a report of the earlier run after a retry, the row does not listen', () => {
      const story = new GroupStory()
        .created(['a'])
        .bought([0])
        .reported(0, 'failed')
        .retried(0)
        .reported(0, 'completed');
      expect(viewOf(story).rows[0]).toMatchObject({ status: 'queued', runId: null });
    });

    it('given appended rows, the group is active again and the rows follow the old ones', () => {
      const view = viewOf(done().appended(['b', 'c']));
      expect(view.rows.map((row) => row.input)).toEqual(['a', 'b', 'c']);
      expect(view).toMatchObject({ rowCount: 3, counts: { failed: 1, queued: 2 }, completedGeneration: 1 });
    });
  });

  describe('expired', () => {
    it('given the tombstone, nothing that was entered or found is left', () => {
      const spec = { processor: 'lite', output: { type: 'auto' as const }, ttl_days: 30, title: 'secret' };
      const view = viewOf(
        new GroupStory().created(['secret'], { spec }).bought([0]).completedRow(0, { a: 'secret' }).expired(),
      );
      expect(JSON.stringify(view)).not.toContain('secret');
      expect(view).toMatchObject({ rows: [], rowCount: 0, counts: {}, expiredAt: expect.any(String) });
    });

    it('given the tombstone alone, as the purge leaves it, the group is known to be gone', () => {
      expect(viewOf(new GroupStory().expired())).toMatchObject({ expiredAt: expect.any(String), rows: [] });
    });

    it('given anything after it, nothing comes back', () => {
      expect(viewOf(new GroupStory().created(['a']).expired().appended(['b'])).rows).toEqual([]);
    });
  });

  it('given a block, it is told until it is lifted', () => {
    const story = new GroupStory().created(countries).blocked('credit');
    expect(viewOf(story).blocked).toMatchObject({ reason: 'credit' });
    expect(viewOf(story.record(event('GroupUnblocked', {}))).blocked).toBeNull();
  });

  it('given what no reader sees, modifiedAt stays', () => {
    const story = new GroupStory().created(countries);
    const before = viewOf(story).modifiedAt;
    story.record(event('IngestStarted', { holder: 'a', lease_revision: 1 }));
    story.record(event('RunsRequested', { batch: 1, keys: ['0.1'], deadline: before }));
    story.record(event('GroupStatusChanged', { counts: {}, is_active: true, cursor: '7' }));
    expect(viewOf(story)).toMatchObject({ modifiedAt: before, seq: 5 });
  });
});

describe('the rows an event changed', () => {
  it('are those that moved, once each and in row order', () => {
    const story = new GroupStory().created(countries).bought([0]).bought([2, 0, 1]);
    const view = viewOf(story);
    expect(changedRows(view, story.events.at(-1)!).map((row) => row.row)).toEqual([1, 2]);
  });

  it('are none for an event that could not follow', () => {
    const story = new GroupStory().created(countries).bought([0]).reported(0, 'failed').reported(0, 'running');
    expect(changedRows(viewOf(story), story.events.at(-1)!)).toEqual([]);
  });
});
