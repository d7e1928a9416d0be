import { event, type GroupEvent } from '@multitask/contracts';
import { emptyFold, applyToView } from '@multitask/task-group';
import { eventually } from '@multitask/testing';
import { IngestRig } from './testing/ingest.rig';

/** Long enough that only what a test says leads to a look. */
const noScan = { INGEST_SCAN_SECONDS: '600' };

describe('a group that somebody else made at Parallel', () => {
  let rig: IngestRig;
  beforeAll(async () => {
    rig = await IngestRig.open({ EMULATOR_SPEED: '6000' });
  });
  afterAll(() => rig.close());

  const buy = async (groupId: string, ...inputs: (string | object)[]) => {
    const body = {
      inputs: inputs.map((input) => ({ input, processor: 'lite', metadata: { multitask_row: 'theirs' } })),
    };
    return rig.call(`/v1/tasks/groups/${groupId}/runs`, { method: 'POST', body });
  };

  const viewOf = async (groupId: string) =>
    (await rig.storedEventsOf(groupId)).reduce(applyToView, emptyFold(groupId)).view!;

  /** As the api-gateway begins it: a group of no rows. */
  async function follow(...inputs: (string | object)[]): Promise<string> {
    const made = (await rig.call('/v1/tasks/groups', { method: 'POST', body: {} })) as { taskgroup_id: string };
    if (inputs.length > 0) await buy(made.taskgroup_id, ...inputs);
    const begun = await rig.createGroup([], { followed: true });
    // The rig makes a group of its own; its beginning is told of the one that has runs.
    const [first] = await rig.storedEventsOf(begun);
    await rig.command(made.taskgroup_id, { name: first!.name, data: first!.data } as GroupEvent);
    return made.taskgroup_id;
  }

  it('shows every run as a row with its input and answer, buys nothing, and completes', async () => {
    await rig.startIngestor('one', noScan);
    const groupId = await follow({ country: 'France' }, 'Who invented the zip?', { country: 'Japan' });
    await rig.completed(groupId);
    const view = await viewOf(groupId);
    expect(view.counts).toEqual({ completed: 3 });
    expect(view.rows.map(({ input }) => input)).toEqual(
      expect.arrayContaining([{ country: 'France' }, 'Who invented the zip?', { country: 'Japan' }]),
    );
    expect(view.rows.every(({ output, runId }) => output && runId?.startsWith('trun_'))).toBe(true);
    expect((await rig.ledger(groupId)).runs).toBe(3);

    // What is added at Parallel afterwards is seen by the next look, and what was there is not told twice.
    await buy(groupId, { country: 'Kenya' });
    await rig.command(
      groupId,
      event('RetryRequested', { rows: [], generation: 2, credential_id: await rig.seal('emulator') }),
    );
    await rig.completed(groupId, { times: 2 });
    const later = await viewOf(groupId);
    expect(later.counts).toEqual({ completed: 4 });
    expect(later.rows.slice(0, 3)).toEqual(view.rows);
    expect(later.rows[3]!.input).toEqual({ country: 'Kenya' });
  });

  it('completes at once when it has no runs', async () => {
    const groupId = await follow();
    await rig.completed(groupId);
    expect((await viewOf(groupId)).rowCount).toBe(0);
  });

  it('finds runs that were added while it was read', async () => {
    await rig.faults({ kind: 'stall_runs', seconds: 80_000 });
    const groupId = await follow({ country: 'France' });
    await eventually(async () => (await viewOf(groupId))?.rowCount === 1);
    await buy(groupId, { country: 'Peru' });
    await rig.call('/_emulator/clock', { method: 'PUT', body: { advance_seconds: 100_000 } });
    const events = await rig.completed(groupId);
    expect(events.filter(({ name }) => name === 'SurplusRunSeen')).toEqual([]);
    expect((await viewOf(groupId)).counts).toEqual({ completed: 2 });
  });
});
