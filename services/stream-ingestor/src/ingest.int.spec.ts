import { eventually } from '@multitask/testing';
import { IngestRig } from './testing/ingest.rig';

describe('a group of three rows', () => {
  let rig: IngestRig;
  beforeAll(async () => (rig = await IngestRig.open()));
  afterAll(() => rig.close());

  it('is bought, followed and completed, and all of it stands in the log', async () => {
    await rig.startIngestor();
    const groupId = await rig.createGroup([{ company: 'Acme' }, { company: 'Globex' }, 'Initech']);
    const events = await eventually(async () => {
      const all = await rig.eventsOf(groupId);
      return all.at(-1)?.name === 'GroupCompleted' ? all : undefined;
    });
    const names = events.map(({ name }) => name);
    expect(names.slice(0, 5)).toEqual(['RowsAccepted', 'GroupCreated', 'IngestStarted', 'RunsRequested', 'RunsAdded']);
    expect(events.at(-1)).toMatchObject({ data: { generation: 1, counts: { completed: 3 } } });
    const completed = events.filter((fact) => fact.name === 'RunUpdated' && fact.data.run.status === 'completed');
    expect(completed).toHaveLength(3);
    for (const fact of completed)
      expect(fact.data).toMatchObject({ output: { type: 'json', content: { headquarters: expect.any(String) } } });
    const ledger = await rig.ledger(groupId);
    expect(ledger).toMatchObject({ streams: { opened: 1 }, runs: 3 });
  });
});
