import { feedStream, runFeedFilter, type FeedEvent } from '@multitask/contracts';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';

/** What the feed holds of a run, in its order. */
export async function feedOf(url: string, runId: string): Promise<FeedEvent[]> {
  const connection = await connect({ servers: url });
  try {
    const manager = await jetstreamManager(connection);
    const events: FeedEvent[] = [];
    for (let seq = 1; ;) {
      const message = await manager.streams.getMessage(feedStream, { seq, next_by_subj: runFeedFilter(runId) });
      if (!message) return events;
      events.push(message.json<FeedEvent>());
      seq = message.seq + 1;
    }
  } finally {
    await connection.close();
  }
}
