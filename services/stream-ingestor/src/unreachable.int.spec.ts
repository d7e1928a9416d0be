import { createServer, type Server, type Socket } from 'node:net';
import { eventually } from '@multitask/testing';
import { IngestRig } from './testing/ingest.rig';

const fast = { INGEST_DOWN_TOLD_SECONDS: '0.5', INGEST_REQUESTS_PER_MINUTE: '6000' };

describe('an upstream that cannot be reached', () => {
  let rig: IngestRig;
  let silent: Server;
  const sockets: Socket[] = [];
  beforeAll(async () => {
    rig = await IngestRig.open();
    silent = createServer((socket) => void sockets.push(socket.on('error', () => undefined)));
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  });
  afterAll(async () => {
    await rig.close();
    for (const socket of sockets) socket.destroy();
    silent.close();
  });
  const port = () => (silent.address() as { port: number }).port;

  it.each<[string, () => string]>([
    ['because nothing listens there', () => 'http://127.0.0.1:9'],
    ['because its name is unknown', () => 'http://upstream.invalid'],
    ['because it does not speak TLS', () => rig.origin.replace('http:', 'https:')],
    ['because it says nothing', () => `http://127.0.0.1:${port()}`],
  ])(
    '%s, is told, and nothing is lost or bought twice when it is back',
    async (_, url) => {
      const cutOff = await rig.startIngestor('cut off', { ...fast, PARALLEL_BASE_URL: url() });
      const groupId = await rig.createGroup([{ company: 'One' }, { company: 'Two' }]);
      // Whether the ingestor hears of it or not: it finds it.
      await rig.project(groupId);
      const told = await eventually(
        async () => (await rig.eventsOf(groupId)).find(({ name }) => name === 'GroupBlocked'),
        { timeoutMs: 60_000, intervalMs: 50 },
      );
      expect(told).toMatchObject({
        data: { reason: 'upstream_down', message: expect.stringMatching(/does not answer/) },
      });
      await cutOff.stop();
      const back = await rig.startIngestor('back', fast);
      const events = await rig.completed(groupId);
      await back.stop();
      expect(events.at(-1)).toMatchObject({ data: { counts: { completed: 2 } } });
      expect(events.filter(({ name }) => name === 'GroupUnblocked')).toHaveLength(1);
      expect((await rig.ledger(groupId)).runs).toBe(2);
    },
    60_000,
  );
});
