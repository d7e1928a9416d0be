import { setTimeout as pause } from 'node:timers/promises';
import { AckPolicy, DeliverPolicy, type JetStreamManager } from '@nats-io/jetstream';
import { nanos, nuid, type NatsConnection } from '@nats-io/transport-node';
import { streamName } from '@multitask/contracts';
import { OrderedPull, type TailedMessage } from './ordered.pull';
import type { Reconnects } from './reconnects';

/** After this the server forgets the consumer of a process that died. */
const inactiveMs = 60_000;
const shortestPauseMs = 50;
const longestPauseMs = 2_000;

export interface TailSource {
  readonly connection: NatsConnection;
  readonly manager: JetStreamManager;
  readonly reconnects: Reconnects;
}

/**
 * Messages under `filter` from `fromSeq` on, in order, for as long as the signal is not aborted. Each loss of the consumer
 * (restart, leader change, a gap in the deliveries, silence) starts a new one behind the last message that was yielded.
 */
export async function* tailMessages(
  source: TailSource,
  filter: string,
  fromSeq: number,
  signal: AbortSignal,
): AsyncGenerator<TailedMessage> {
  const aborted = new Promise<undefined>((resolve) => {
    if (signal.aborted) resolve(undefined);
    signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
  let next = Math.max(1, fromSeq);
  let pauseMs = shortestPauseMs;
  while (!signal.aborted) {
    const consumer = await Promise.race([createConsumer(source, filter, next), aborted]);
    if (consumer) {
      const pull = new OrderedPull(source.connection, consumer);
      const stopListening = source.reconnects.listen(() => pull.end());
      void aborted.then(() => pull.stop());
      try {
        for await (const message of pull.messages()) {
          if (signal.aborted) return;
          next = message.seq + 1;
          pauseMs = shortestPauseMs;
          yield message;
        }
      } finally {
        stopListening();
        pull.stop();
        // Best effort: the server forgets it anyway.
        source.manager.consumers.delete(streamName, consumer).catch(() => undefined);
      }
    }
    await Promise.race([pause(pauseMs), aborted]);
    pauseMs = Math.min(pauseMs * 2, longestPauseMs);
  }
}

/** Undefined when the server would not or could not; an error only when the connection was closed for good. */
async function createConsumer(source: TailSource, filter: string, fromSeq: number): Promise<string | undefined> {
  const name = `tail_${nuid.next()}`;
  try {
    const consumer = {
      name,
      filter_subject: filter,
      deliver_policy: DeliverPolicy.StartSequence,
      opt_start_seq: fromSeq,
      ack_policy: AckPolicy.None,
      mem_storage: true,
      num_replicas: 1,
      inactive_threshold: nanos(inactiveMs),
    };
    await source.reconnects.answer(() => source.manager.consumers.add(streamName, consumer));
    return name;
  } catch (error) {
    if (source.connection.isClosed()) throw error;
    return undefined;
  }
}
