import { randomBytes } from 'node:crypto';
import {
  allPartitions,
  groupFilter,
  partitionFilter,
  streamSubjects,
  subjectOf,
  type GroupEvent,
  type Writer,
} from '@multitask/contracts';
import { FenceRefusedError, LogFullError, type Appended, type Expectation, type LogEntry } from './event-log';
import { encodeEvents } from './message.encoder';
import { fingerprintOfMessage, type StoredMessage } from './message.decoder';
import { PartAssembler } from './part.assembler';
import type { PartitionEnd, RepairableLog } from './repairable.log';

/** The log without a server, for unit tests: same messages, same fences, gone with the process. */
export class InMemoryEventLog implements RepairableLog {
  private messages: StoredMessage[] = [];
  private lastSequence = 0;
  private bytes = 0;
  private readonly waiting = new Set<() => void>();
  private name = randomBytes(9).toString('base64url');

  constructor(private readonly options: { now?: () => Date; maxBytes?: number } = {}) {}

  async append(groupId: string, events: readonly GroupEvent[], expect: Expectation): Promise<Appended> {
    const { writer, messages } = encodeEvents(groupId, events);
    if (expect !== 'any') {
      const filter = expect.of === 'group' ? groupFilter(groupId) : subjectOf(groupId, writer);
      if (this.lastOf(filter) !== expect.seq) throw new FenceRefusedError('Another writer was faster.');
    }
    const size = messages.reduce((sum, message) => sum + message.data.length, 0);
    if (this.bytes + size > (this.options.maxBytes ?? Infinity))
      throw new LogFullError('The log has reached its size limit.');
    this.bytes += size;
    const seqs = messages.map(({ subject, headers, data }) =>
      this.store(subject, data, (name) => headers.get(name) || undefined),
    );
    this.wakeAll();
    const first = messages.findIndex((message) => !message.subject.endsWith('.part'));
    return { firstSeq: seqs[first]!, lastSeq: this.lastSequence };
  }

  /** Puts a message into the log as it is, to see how a reader takes what is no event. */
  appendRaw(subject: string, data: string, headers: Readonly<Record<string, string>> = {}): number {
    const seq = this.store(subject, Buffer.from(data), (name) => headers[name]);
    this.wakeAll();
    return seq;
  }

  async *readGroup(groupId: string, fromSeq = 1, writer?: Writer): AsyncIterable<LogEntry> {
    const end = this.lastSequence;
    const assembler = new PartAssembler(this);
    for (const message of this.matching(writer ? subjectOf(groupId, writer) : groupFilter(groupId), fromSeq)) {
      if (message.seq > end) return;
      const entry = await assembler.push(message);
      if (entry) yield entry;
    }
  }

  lastSeq(groupId: string, writer?: Writer): Promise<number> {
    return Promise.resolve(this.lastOf(writer ? subjectOf(groupId, writer) : groupFilter(groupId)));
  }

  async *tail(filter: string, fromSeq: number, signal: AbortSignal): AsyncIterable<LogEntry> {
    const assembler = new PartAssembler(this);
    let next = fromSeq;
    while (!signal.aborted) {
      const found = this.matching(filter, next);
      for (const [i, message] of found.entries()) {
        if (signal.aborted) return;
        next = message.seq + 1;
        const entry = await assembler.push(message);
        if (entry) yield { ...entry, pending: found.length - 1 - i };
      }
      if (found.length === 0) await this.change(signal);
    }
  }

  purgeGroup(groupId: string, beforeSeq = Infinity): Promise<void> {
    const gone = new Set(this.matching(groupFilter(groupId), 0).filter((message) => message.seq < beforeSeq));
    this.messages = this.messages.filter((message) => !gone.has(message));
    return Promise.resolve();
  }

  incarnation(): Promise<string> {
    return Promise.resolve(this.name);
  }

  async *read(filter: string, fromSeq: number): AsyncIterable<LogEntry> {
    const assembler = new PartAssembler(this);
    for (const message of this.matching(filter, fromSeq)) {
      const entry = await assembler.push(message);
      if (entry) yield entry;
    }
  }

  partitionEnds(): Promise<PartitionEnd[]> {
    const ends = allPartitions.map((partition) => {
      const last = this.matching(partitionFilter(partition), 0).at(-1);
      return last && { partition, seq: last.seq, fingerprint: fingerprintOfMessage(last) };
    });
    return Promise.resolve(ends.filter((end) => end !== undefined));
  }

  renewIncarnation(): Promise<string> {
    this.name = randomBytes(9).toString('base64url');
    return Promise.resolve(this.name);
  }

  ensure(): Promise<void> {
    return Promise.resolve();
  }

  /** Forgets everything behind `seq`, as a log that is restored from an older copy. What comes next takes those places. */
  setBack(seq: number): void {
    this.messages = this.messages.filter((message) => message.seq <= seq);
    this.lastSequence = seq;
  }

  async fingerprint(seq: number): Promise<string | undefined> {
    const message = await this.at(seq);
    return message && fingerprintOfMessage(message);
  }

  state(): Promise<{ firstSeq: number; lastSeq: number; fullness: number }> {
    const firstSeq = this.messages[0]?.seq ?? this.lastSequence + 1;
    const fullness = this.bytes / (this.options.maxBytes ?? Number.MAX_SAFE_INTEGER);
    return Promise.resolve({ firstSeq, lastSeq: this.lastSequence, fullness });
  }

  at(seq: number): Promise<StoredMessage | undefined> {
    return Promise.resolve(this.messages.find((message) => message.seq === seq));
  }

  run(filter: string, fromSeq: number, limit: number): Promise<StoredMessage[]> {
    return Promise.resolve(this.matching(filter, fromSeq).slice(0, limit));
  }

  private store(subject: string, data: Uint8Array, header: StoredMessage['header']): number {
    const seq = ++this.lastSequence;
    this.messages.push({ subject, seq, time: this.options.now?.() ?? new Date(), data, header });
    return seq;
  }

  private matching(filter: string, fromSeq: number): StoredMessage[] {
    const matches = matcherOf(filter);
    return this.messages.filter((message) => message.seq >= fromSeq && matches(message.subject));
  }

  private lastOf(filter: string): number {
    const matches = matcherOf(filter);
    return this.messages.findLast((message) => matches(message.subject))?.seq ?? 0;
  }

  private change(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        this.waiting.delete(done);
        signal.removeEventListener('abort', done);
        resolve();
      };
      this.waiting.add(done);
      signal.addEventListener('abort', done);
    });
  }

  private wakeAll(): void {
    for (const wake of [...this.waiting]) wake();
  }
}

/** Subjects have as many tokens as the stream's pattern, so `*` is the only wildcard that occurs. */
function matcherOf(filter: string): (subject: string) => boolean {
  const tokens = filter.split('.');
  if (tokens.length !== streamSubjects.split('.').length) throw new TypeError(`not a filter of the log: ${filter}`);
  return (subject) => subject.split('.').every((token, i) => tokens[i] === '*' || tokens[i] === token);
}
