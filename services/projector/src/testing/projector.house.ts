import { randomBytes } from 'node:crypto';
import type { GroupEvent, RecordedEvent } from '@multitask/contracts';
import { connectNats, openJetStreamLog, type JetStreamLog } from '@multitask/event-log';
import { createLogger, Metrics, startService, type RunningService } from '@multitask/platform';
import { openDatabase, PostgresGroupReader, type ReadModelDatabase } from '@multitask/read-model';
import { applyToView, emptyFold, type GroupView } from '@multitask/task-group';
import { createTestDatabase, eventually, startTestNats, type GroupStory, type TestNats } from '@multitask/testing';
import type { NatsConnection } from '@nats-io/transport-node';
import { projector } from '../index';
import { LogRepair } from '../repair/log.repair';
import { RepairMetrics } from '../repair/repair.metrics';

export const newGroupId = (): string => `tgrp_${randomBytes(16).toString('hex')}`;
export const logger = createLogger('test', { level: 'silent', format: 'json' });

/** NATS, Postgres and a log, and projectors when they are asked for. */
export class ProjectorHouse {
  readonly reader: PostgresGroupReader;
  private readonly services: RunningService[] = [];

  private constructor(
    readonly nats: TestNats,
    private readonly database: Awaited<ReturnType<typeof createTestDatabase>>,
    readonly connection: NatsConnection,
    readonly log: JetStreamLog,
    readonly db: ReadModelDatabase,
  ) {
    this.reader = new PostgresGroupReader(db);
  }

  static async open(): Promise<ProjectorHouse> {
    const [nats, database] = await Promise.all([startTestNats(), createTestDatabase()]);
    const connection = await connectNats({ servers: nats.url, name: 'test', logger });
    const log = await openJetStreamLog(connection, { replicas: 1, logger });
    const db = openDatabase({ url: database.url, pool: 12, applicationName: 'test', logger });
    return new ProjectorHouse(nats, database, connection, log, db);
  }

  async start(name = 'one'): Promise<RunningService> {
    const { nats, database } = this;
    const env = { NATS_URL: nats.url, DATABASE_URL: database.url, LOG_LEVEL: 'silent', SERVICE_INSTANCE: name };
    const service = await startService(projector, env, { processMetrics: false });
    this.services.push(service);
    return service;
  }

  /** A repair as a projector does it, on a log that may fail. */
  repair(log: JetStreamLog = this.log): LogRepair {
    const metrics = new RepairMetrics(new Metrics('test', { processMetrics: false }));
    return new LogRepair({ log, db: this.db, metrics, logger, batchSize: 100 });
  }

  /** Appends what the story tells from event `from` on, one after the other. Answers the next `from`. */
  async tell(story: GroupStory, from = 0): Promise<number> {
    for (const { name, data } of story.events.slice(from))
      await this.log.append(story.groupId, [{ name, data } as GroupEvent], 'any');
    return story.events.length;
  }

  /** What the log says now. */
  async logged(groupId: string): Promise<{ view: GroupView | undefined; events: RecordedEvent[] }> {
    const fold = emptyFold(groupId);
    const events: RecordedEvent[] = [];
    for await (const entry of this.log.readGroup(groupId)) {
      if (entry.kind !== 'event') throw new Error(entry.message.reason);
      events.push(entry.event);
      applyToView(fold, entry.event);
    }
    return { view: fold.view, events };
  }

  /** The group in the read model, once it is what the log says. */
  async projected(groupId: string): Promise<GroupView> {
    return eventually(async () => {
      const [found, { view }] = [await this.reader.snapshot(groupId), await this.logged(groupId)];
      return found && JSON.stringify(found.view) === JSON.stringify(view) ? found.view : undefined;
    });
  }

  async stopProjectors(): Promise<void> {
    await Promise.all(this.services.splice(0).map((service) => service.close()));
  }

  async close(): Promise<void> {
    await this.stopProjectors();
    await this.db.destroy();
    await this.connection.close();
    await Promise.all([this.nats.stop(), this.database.drop()]);
  }
}

/** What a reader must not lose. */
export const essenceOf = (view: GroupView) => ({
  ...{ generation: view.generation, completedGeneration: view.completedGeneration, counts: view.counts },
  ...{ webhook: view.webhook, createdAt: view.createdAt, completedAt: view.completedAt },
  rows: view.rows.map((row) => ({ ...row, updatedSeq: 0 })),
});
