import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { eventKinds, type GroupEvent, type RecordedEvent } from '@multitask/contracts';
import { connectNats, openJetStreamLog, type EventLog } from '@multitask/event-log';
import { createLogger, startService, type RunningService } from '@multitask/platform';
import { openDatabase } from '@multitask/read-model';
import { createTestDatabase, eventually, startTestNats } from '@multitask/testing';
import { MasterKeys, newMasterKey, PostgresSecretStore, Vault } from '@multitask/vault';
import { notifier } from '../index';
import { followLog } from './projection.follower';

export interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly at: number;
}

/** Log, database, projector and a clock of their own; notifiers are started by the test. */
export async function openHouse() {
  const [nats, database] = await Promise.all([startTestNats(), createTestDatabase()]);
  const folder = mkdtempSync(join(tmpdir(), 'multitask-notifier-'));
  const clockFile = join(folder, 'clock');
  const masterKey = newMasterKey();
  const quiet = createLogger('test', { level: 'silent', format: 'json' });
  const env: Record<string, string> = {
    LOG_LEVEL: 'silent',
    NATS_URL: nats.url,
    DATABASE_URL: database.url,
    VAULT_MASTER_KEY: masterKey,
    MULTITASK_TEST_CLOCK: clockFile,
    NOTIFIER_POLL_MS: '20',
    NOTIFIER_CLAIM_SECONDS: '2',
    EXPIRY_INTERVAL_MS: '100',
    SWEEP_INTERVAL_MS: '100',
  };
  const connection = await connectNats({ servers: nats.url, name: 'test', logger: quiet });
  const log = await openJetStreamLog(connection, { replicas: 1, logger: quiet });
  const db = openDatabase({ url: database.url, pool: 2, applicationName: 'test' });
  const vault = new Vault(new PostgresSecretStore(db), MasterKeys.parse(masterKey));
  const running = new Set<{ close(): Promise<void> }>();
  const keep = <T extends { close(): Promise<void> }>(service: T): T => {
    running.add(service);
    return service;
  };
  return {
    env,
    log,
    db,
    vault,
    startProjector: () => keep(followLog(log, db)),
    startNotifier: async (more: Record<string, string> = {}): Promise<RunningService> =>
      keep(await startService(notifier, { ...env, ...more }, { processMetrics: false })),
    /** Moves the business clock to so many seconds from now. */
    moveClock: (seconds: number) => writeFileSync(clockFile, String(Math.ceil(seconds))),
    async close() {
      await Promise.all([...running].map((service) => service.close()));
      await connection.close();
      await db.destroy();
      await Promise.all([nats.stop(), database.drop()]);
      rmSync(folder, { recursive: true });
    },
  };
}
export type House = Awaited<ReturnType<typeof openHouse>>;

/** Writes a story's events as their services would: each writer's in appends of their own. */
export async function tell(log: EventLog, groupId: string, events: readonly GroupEvent[]): Promise<void> {
  for (const { name, data } of events) await log.append(groupId, [{ name, data } as GroupEvent], 'any');
}

export async function eventsOf(log: EventLog, groupId: string): Promise<RecordedEvent[]> {
  const events: RecordedEvent[] = [];
  for await (const entry of log.readGroup(groupId)) if (entry.kind === 'event') events.push(entry.event);
  return events;
}

export const notifyEventsOf = async (log: EventLog, groupId: string): Promise<RecordedEvent[]> =>
  (await eventsOf(log, groupId)).filter((event) => eventKinds[event.name].writer === 'notify');

/** Waits until the group's notify events are so many, and gives them. */
export const eventuallyNotified = (log: EventLog, groupId: string, count: number): Promise<RecordedEvent[]> =>
  eventually(async () => {
    const events = await notifyEventsOf(log, groupId);
    if (events.length < count) throw new Error(`${events.length} of ${count}: ${JSON.stringify(events)}`);
    return events;
  });

/** A webhook receiver that keeps what it got; `answer` decides the status, 0 means that it never answers. */
export async function openReceiver(answer: (received: Received, count: number) => number | Promise<number>) {
  const received: Received[] = [];
  let open = 0;
  let mostOpen = 0;
  const server = createServer(async (request, response) => {
    mostOpen = Math.max(mostOpen, ++open);
    response.on('close', () => open--);
    const entry = { path: request.url!, headers: request.headers, body: await text(request), at: Date.now() };
    received.push(entry);
    const status = await answer(entry, received.length);
    if (status > 0) response.writeHead(status).end('thank you');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    host,
    received,
    open: () => open,
    mostOpen: () => mostOpen,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
export type Receiver = Awaited<ReturnType<typeof openReceiver>>;
