import {
  DiscardPolicy,
  jetstream,
  JetStreamApiError,
  RetentionPolicy,
  StorageType,
  type JetStreamClient,
} from '@nats-io/jetstream';
import { headers as newHeaders, nanos, type NatsConnection } from '@nats-io/transport-node';
import { eventSubject, feedStream, feedSubjects, type FeedEvent } from '@multitask/contracts';
import type { OutboxEvent } from './outbox';

const answerTimeoutMs = 5_000;
const dayMs = 86_400_000;
/** Longer than any restart of ours; repeats that come later are told apart by their number. */
const duplicateWindowMs = 120_000;
const keptMs = 7 * dayMs;

/** Bytes of an event; data above it stays in the database, where list_run_events has it. JetStream takes 1 MiB. */
const largestData = 256 * 1024;

/** No room of that size on the server. */
const noRoom: ReadonlySet<number> = new Set([10_023, 10_047]);
const leastBytes = 16 * 1024 * 1024;

/** What follows runs from outside; the truth is in the database, so the oldest goes when there is no room. */
export class Feed {
  private readonly client: JetStreamClient;

  constructor(
    connection: NatsConnection,
    private readonly options: { readonly replicas: number; readonly maxBytes: number },
  ) {
    this.client = jetstream(connection, { timeout: answerTimeoutMs });
  }

  /** Makes the stream, or gives it the settings of today. */
  async ensure(): Promise<void> {
    const manager = await this.client.jetstreamManager(false);
    for (let maxBytes = this.options.maxBytes; ; maxBytes = Math.floor(maxBytes / 2)) {
      const config = {
        name: feedStream,
        subjects: [feedSubjects],
        storage: StorageType.File,
        retention: RetentionPolicy.Limits,
        discard: DiscardPolicy.Old,
        max_age: nanos(keptMs),
        max_bytes: maxBytes,
        num_replicas: this.options.replicas,
        duplicate_window: nanos(duplicateWindowMs),
        allow_direct: true,
      };
      try {
        await manager.streams.info(feedStream).then(
          () => manager.streams.update(feedStream, config),
          () => manager.streams.add(config),
        );
        return;
      } catch (error) {
        const isFull = error instanceof JetStreamApiError && noRoom.has(error.code);
        if (!isFull || maxBytes / 2 < leastBytes) throw error;
      }
    }
  }

  /** Resolves when the stream has stored it. */
  async publish(event: OutboxEvent): Promise<void> {
    const { id, number, runId, namespace, taskId, type, data, createdAt } = event;
    const told: FeedEvent = { id, number, runId, namespace, taskId, type, data, createdAt: createdAt.toISOString() };
    const whole = JSON.stringify(told);
    const body = whole.length <= largestData ? whole : JSON.stringify({ ...told, data: null });
    const headers = newHeaders();
    headers.set('ce-type', `multitask.orchestration.${type}.v1`);
    headers.set('ce-id', String(id));
    headers.set('content-type', 'application/json');
    await this.client.publish(eventSubject(runId, type), body, { msgID: `orchestration-${id}`, headers });
  }
}
