import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AckPolicy, jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import pg from 'pg';
import { answerQuestions } from '../rig/worker';

/** The least with the same hops: upstream stream → JetStream → Postgres → SSE. It recovers from nothing and validates nothing. */
let nats: NatsConnection;
const readers = new Set<ServerResponse>();
const server = createServer((_, response) => {
  response.writeHead(200, { 'content-type': 'text/event-stream' }).write(': here\n\n');
  readers.add(response);
  response.on('close', () => readers.delete(response));
});

async function follow(url: string): Promise<void> {
  const js = jetstream(nats);
  let text = '';
  for await (const chunk of (await fetch(url)).body!) {
    text += Buffer.from(chunk as Uint8Array).toString();
    for (let end = text.indexOf('\n\n'); end !== -1; end = text.indexOf('\n\n')) {
      if (text.startsWith('data: ')) void js.publish('minimal.events', text.slice('data: '.length, end));
      text = text.slice(end + 2);
    }
  }
}

async function project(databaseUrl: string): Promise<void> {
  const client = new pg.Client(databaseUrl);
  await client.connect();
  await client.query('create table minimal_rows (id text primary key, data json not null)');
  const manager = await jetstreamManager(nats);
  await manager.streams.add({ name: 'MINIMAL', subjects: ['minimal.*'] });
  await manager.consumers.add('MINIMAL', { name: 'minimal', ack_policy: AckPolicy.None, mem_storage: true });
  const messages = await (await jetstream(nats).consumers.get('MINIMAL', 'minimal')).consume();
  let waiting: string[] = [];
  let writing = false;
  const write = async () => {
    writing = true;
    while (waiting.length > 0) {
      // What has come while the last one was written goes together.
      const batch = waiting;
      waiting = [];
      const ids = batch.map((data) => (JSON.parse(data) as { run: { run_id: string } }).run.run_id);
      await client.query(
        'insert into minimal_rows select * from unnest($1::text[], $2::json[]) on conflict (id) do update set data = excluded.data',
        [ids, batch],
      );
      for (const data of batch) for (const reader of readers) reader.write(`data: ${data}\n\n`);
    }
    writing = false;
  };
  for await (const message of messages) {
    waiting.push(message.string());
    if (!writing) void write();
  }
}

answerQuestions({
  async listen({ natsUrl, databaseUrl }: { natsUrl: string; databaseUrl: string }) {
    nats = await connect({ servers: natsUrl });
    void project(databaseUrl);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  },
  follow: ({ url }: { url: string }) => void follow(url),
});
