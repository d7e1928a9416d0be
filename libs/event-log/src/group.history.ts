import type { LogEntry } from './event-log';
import { PartAssembler } from './part.assembler';
import type { StoredMessage } from './message.decoder';
import type { StoredMessages } from './stored.messages';

/**
 * Reads one group, or one of its writers, up to the end it has when the reading starts. Runs of messages come from any replica; that nothing was left
 * out at the end is asked of the leader, which also tells a replica that lags from messages purged meanwhile.
 */
export async function* readHistory(stored: StoredMessages, filter: string, fromSeq: number): AsyncGenerator<LogEntry> {
  const end = (await stored.last(filter))?.seq ?? 0;
  const assembler = new PartAssembler(stored);
  let next = fromSeq;
  while (next <= end) {
    let run: StoredMessage[] = await stored.run(filter, next);
    if (run.length === 0) {
      const message = await stored.next(filter, next);
      if (!message) return;
      run = [message];
    }
    for (const message of run) {
      if (message.seq > end) return;
      next = message.seq + 1;
      const entry = await assembler.push(message);
      if (entry) yield entry;
    }
  }
}
