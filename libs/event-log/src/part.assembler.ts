import { parseSubject, subjectOf } from '@multitask/contracts';
import type { LogEntry } from './event-log';
import { decodeMessage, isPart, partsOf, unreadable, type StoredMessage } from './message.decoder';
import type { StoredMessages } from './stored.messages';

/**
 * Turns messages in stream order into entries. Parts stand directly before the message that closes their event, so only one
 * unfinished event is held. Where the parts did not pass (a filter on one writer, a start in the middle) they are fetched.
 */
export class PartAssembler {
  private parts: StoredMessage[] = [];

  constructor(private readonly stored: Pick<StoredMessages, 'run' | 'at'>) {}

  /** The entry that this message completes, if any. */
  async push(message: StoredMessage): Promise<LogEntry | undefined> {
    if (isPart(message)) {
      if (this.parts.at(-1)?.seq !== message.seq - 1) this.parts = [];
      this.parts.push(message);
      return undefined;
    }
    const count = partsOf(message);
    const parts = count > 0 ? await this.partsBefore(message, count) : [];
    this.parts = [];
    if (!parts) return this.incomplete(message);
    const pieces = parts.map((part) => part.data);
    return decodeMessage(message, pieces);
  }

  private async partsBefore(message: StoredMessage, count: number): Promise<StoredMessage[] | undefined> {
    const seen = this.parts.slice(-count);
    return completes(seen, message, count) ? seen : this.fetchParts(message, count);
  }

  private async fetchParts(message: StoredMessage, count: number): Promise<StoredMessage[] | undefined> {
    const groupId = parseSubject(message.subject)?.groupId;
    if (groupId === undefined) return undefined;
    const parts: StoredMessage[] = [];
    for (let from = message.seq - count; from < message.seq; from = parts.at(-1)!.seq + 1) {
      const run = await this.stored.run(subjectOf(groupId, 'part'), from, message.seq - from);
      if (run.length === 0) break;
      parts.push(...run);
    }
    return completes(parts, message, count) ? parts : undefined;
  }

  /** Without its parts the event was either purged with its group while it was on its way, or it is broken. */
  private async incomplete(message: StoredMessage): Promise<LogEntry | undefined> {
    return (await this.stored.at(message.seq)) ? unreadable(message, 'parts of this event are missing') : undefined;
  }
}

const completes = (parts: readonly StoredMessage[], message: StoredMessage, count: number): boolean =>
  parts.length === count && parts.every((part, i) => part.seq === message.seq - count + i);
