import type { NatsConnection } from '@nats-io/transport-node';
import { createLogger } from '@multitask/platform';
import { startTestNats, type TestNats } from '@multitask/testing';
import { eventLogContract } from './event-log.contract';
import { openJetStreamLog, type JetStreamLog } from './jetstream.log';
import { connectNats } from './nats.connection';

const logger = createLogger('test', { level: 'silent', format: 'json' });

let nats: TestNats;
let connection: NatsConnection;
let log: JetStreamLog;

beforeAll(async () => {
  nats = await startTestNats();
  connection = await connectNats({ servers: nats.url, name: 'test', logger });
  log = await openJetStreamLog(connection, { replicas: 1, logger });
});

afterAll(async () => {
  await connection?.close();
  await nats?.stop();
});

describe('the JetStream log', () => eventLogContract(() => log));
