import { randomBytes } from 'node:crypto';
import { partitionFilter, partitionOf, type RecordedEvent } from '@multitask/contracts';
import { connectNats, openJetStreamLog, type JetStreamLog } from '@multitask/event-log';
import { createLogger, startService, type RunningService } from '@multitask/platform';
import { CheckpointRepository, openDatabase, PartitionProjection, type ReadModelDatabase } from '@multitask/read-model';
import { createTestDatabase, GroupStory, startTestNats, type TestDatabase, type TestNats } from '@multitask/testing';
import type { NatsConnection } from '@nats-io/transport-node';
import { resultsGateway } from '../results-gateway';

const logger = createLogger('test', { level: 'silent', format: 'json' });

export const newGroupId = (): string => `tgrp_${randomBytes(16).toString('hex')}`;

/** Real NATS, real Postgres, any number of gateways, and what else writes: the log by hand, the read model on demand. */
export class GatewayHouse {
  readonly gateways: RunningService[] = [];

  private constructor(
    readonly nats: TestNats,
    readonly database: TestDatabase,
    readonly connection: NatsConnection,
    readonly log: JetStreamLog,
    private readonly db: ReadModelDatabase,
  ) {}

  static async open(gateways = 1): Promise<GatewayHouse> {
    const [nats, database] = await Promise.all([startTestNats(), createTestDatabase()]);
    const connection = await connectNats({ servers: nats.url, name: 'test', logger });
    const log = await openJetStreamLog(connection, { replicas: 1, logger });
    const db = openDatabase({ url: database.url, pool: 3, applicationName: 'test', logger });
    const house = new GatewayHouse(nats, database, connection, log, db);
    for (let i = 0; i < gateways; i++) await house.startGateway();
    return house;
  }

  async startGateway(env: Record<string, string> = {}): Promise<RunningService> {
    const gateway = await startService(
      resultsGateway,
      { NATS_URL: this.nats.url, DATABASE_URL: this.database.url, LOG_LEVEL: 'silent', DRAIN_MS: '0', ...env },
      { processMetrics: false },
    );
    this.gateways.push(gateway);
    return gateway;
  }

  origin = (gateway = 0): string => `http://127.0.0.1:${this.gateways[gateway]!.port}`;

  /** Stores what the story has told since the last time. */
  async append(story: GroupStory, from = 0): Promise<number> {
    for (const { name, data } of story.events.slice(from))
      await this.log.append(story.groupId, [{ name, data } as RecordedEvent], 'any');
    return story.events.length;
  }

  /** Brings the group's partition in the read model up to the end of the log. */
  async project(groupId: string): Promise<void> {
    const partition = partitionOf(groupId);
    const incarnation = await this.log.incarnation();
    const checkpoint = await new CheckpointRepository(this.db).open(partition, incarnation);
    if ((await this.log.lastSeq(groupId)) <= checkpoint.seq) return;
    const events: RecordedEvent[] = [];
    const abort = new AbortController();
    for await (const entry of this.log.tail(partitionFilter(partition), checkpoint.seq + 1, abort.signal)) {
      if (entry.kind === 'event') events.push(entry.event);
      if (entry.pending === 0) abort.abort();
    }
    const until = { seq: events.at(-1)!.seq, fingerprint: null };
    await new PartitionProjection(this.db).apply(partition, checkpoint, { events, poison: [], until });
  }

  async metric(name: string, gateway = 0): Promise<number> {
    const text = await (await fetch(`http://127.0.0.1:${this.gateways[gateway]!.opsPort}/metrics`)).text();
    const lines = text.split('\n').filter((line) => line.startsWith(name));
    return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.gateways.map((gateway) => gateway.close()));
    await this.db.destroy();
    await this.connection.close();
    await Promise.all([this.nats.stop(), this.database.drop()]);
  }
}
