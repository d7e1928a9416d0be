import { partitionOf, streamSubjects } from '@multitask/contracts';
import type { EventLog } from '@multitask/event-log';
import { CheckpointRepository, PartitionProjection, type ReadModelDatabase } from '@multitask/read-model';

/** Projects the log into the tables as the projector does, one event at a time, until it is closed. */
export function followLog(log: EventLog, db: ReadModelDatabase): { close(): Promise<void> } {
  const ending = new AbortController();
  const following = follow(log, db, ending.signal);
  return {
    close: async () => {
      ending.abort();
      await following;
    },
  };
}

async function follow(log: EventLog, db: ReadModelDatabase, signal: AbortSignal): Promise<void> {
  const [checkpoints, projection] = [new CheckpointRepository(db), new PartitionProjection(db)];
  const incarnation = await log.incarnation();
  for await (const entry of log.tail(streamSubjects, 1, signal)) {
    if (entry.kind !== 'event') continue;
    const { event } = entry;
    const partition = partitionOf(event.groupId);
    const from = await checkpoints.open(partition, incarnation);
    if (event.seq <= from.seq) continue;
    await projection.apply(partition, from, {
      events: [event],
      poison: [],
      until: { seq: event.seq, fingerprint: null },
    });
  }
}
