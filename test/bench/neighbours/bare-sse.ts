import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect } from '@nats-io/transport-node';
import { answerQuestions } from '../rig/worker';

/** What comes from NATS goes to everybody who is connected: no resumption, no limits, no heartbeat. */
const readers = new Map<string, Set<ServerResponse>>();
const server = createServer((request, response) => {
  const set = readers.get(request.url!) ?? new Set();
  readers.set(request.url!, set.add(response));
  response.on('close', () => set.delete(response));
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  response.write('retry: 1000\n\n');
});

answerQuestions({
  async listen({ natsUrl }: { natsUrl: string }) {
    const nats = await connect({ servers: natsUrl });
    nats.subscribe('bare.*', {
      callback: (_, { subject, data }) => {
        for (const response of readers.get(`/${subject.slice('bare.'.length)}`) ?? []) response.write(data);
      },
    });
    await nats.flush();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  },
  held() {
    globalThis.gc!();
    globalThis.gc!();
    const { rss, heapUsed, external } = process.memoryUsage();
    return { rss, heap: heapUsed + external };
  },
});
