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
      // The types of the library know the next message of a subject only for direct questions; the server knows it for all.
      const next = { seq, next_by_subj: runFeedFilter(runId) };
      const message = await manager.streams.getMessage(feedStream, next);
      if (!message) return events;
      events.push(message.json<FeedEvent>());
      seq = message.seq + 1;
    }
  } finally {
    await connection.close();
  }
}
