import { event, subjectOf } from '@multitask/contracts';
import { eventually } from '@multitask/testing';
import { IngestRig } from './testing/ingest.rig';

/** Long enough that only commands lead to work. */
const noScan = { INGEST_SCAN_SECONDS: '600' };

describe('the generations of a group', () => {
  let rig: IngestRig;
  beforeEach(async () => {
    rig = await IngestRig.open({ EMULATOR_SPEED: '6000' });
  });
  afterEach(() => rig.close());

  it('follow one another without a scan, also when each begins the moment the last one completes', async () => {
    await rig.startIngestor('one', noScan);
    const rounds = 12;
    const groupId = await rig.createGroup(['row 0']);
    const reading = new AbortController();
    let generation = 1;
    for await (const entry of rig.log.tail(subjectOf(groupId, 'ingest'), 1, reading.signal)) {
      if (entry.kind !== 'event' || entry.event.name !== 'GroupCompleted') continue;
      expect(entry.event.data).toEqual({ generation, counts: { completed: generation } });
      if (generation === rounds) reading.abort();
      const rows = { batch_id: `next ${generation}`, first_row: generation };
      generation++;
      if (reading.signal.aborted) break;
      await rig.command(
        groupId,
        event('RowsAccepted', { ...rows, inputs: [`row ${rows.first_row}`] }),
        event('InputsAppended', { ...rows, row_count: 1, generation, credential_id: await rig.seal('emulator') }),
      );
    }
    expect(await rig.boughtTwice(groupId)).toEqual([]);
    expect((await rig.ledger(groupId)).runs).toBe(rounds);
  });

  it('end with the group: one whose time is over is let go although its runs go on', async () => {
    const ingestor = await rig.startIngestor();
    await rig.faults({ kind: 'stall_runs', seconds: 80_000 });
    const groupId = await rig.createGroup(['row 0']);
    const holders = () => ingestor.resources.leases.holders('ingest');
    await eventually(async () => (await rig.eventsOf(groupId)).some(({ name }) => name === 'RunsAdded'));
    expect([...(await holders()).keys()]).toEqual([`ingest.${groupId}`]);
    const tombstone = event('GroupExpired', { reason: 'lifetime', expired_at: '2026-11-21T12:00:00.000Z' });
    await rig.command(groupId, tombstone);
    await rig.project(groupId);
    await eventually(async () => (await holders()).size === 0);
  });
});
