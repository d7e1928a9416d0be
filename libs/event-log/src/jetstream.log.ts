import { jetstreamManager, type JetStreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import {
  allPartitions,
  groupFilter,
  partitionFilter,
  streamName,
  subjectOf,
  type GroupEvent,
  type Writer,
} from '@multitask/contracts';
import type { Appended, Expectation, LogEntry } from './event-log';
import { FencedAppend } from './fenced.append';
import { readHistory } from './group.history';
import { ensureStream, renewIncarnation, type StreamOptions } from './jetstream.stream';
import { fingerprintOfMessage } from './message.decoder';
import { tailMessages } from './ordered.tail';
import { PartAssembler } from './part.assembler';
import type { PartitionEnd, RepairableLog } from './repairable.log';
import { Reconnects } from './reconnects';
import { answerTimeoutMs, patiently, persistently, StoredMessages } from './stored.messages';

/** An operator may delete and make the stream without a restart; frames of a stream of events ask for this often. */
const incarnationKeptMs = 5_000;

/**
 * Opens the log, making or adapting its stream; waits for a server that is not ready. Rejects with a ConfigurationError when the server ignores an option that the
 * log's promises stand on.
 */
export async function openJetStreamLog(connection: NatsConnection, options: StreamOptions): Promise<JetStreamLog> {
  const manager = await persistently(() => jetstreamManager(connection, { timeout: answerTimeoutMs }), options.logger);
  await persistently(() => ensureStream(manager, options), options.logger);
  return new JetStreamLog(connection, manager, options);
}

export class JetStreamLog implements RepairableLog {
  private readonly stored: StoredMessages;
  private readonly appends: FencedAppend;
  private readonly reconnects: Reconnects;
  private known: { readonly incarnation: Promise<string>; readonly until: number } | undefined;

  constructor(
    private readonly connection: NatsConnection,
    private readonly manager: JetStreamManager,
    private readonly options: StreamOptions,
  ) {
    this.reconnects = new Reconnects(connection);
    this.stored = new StoredMessages(connection, manager, streamName, this.reconnects);
    this.appends = new FencedAppend(connection, this.stored, this.reconnects);
    // A log is exchanged or rewound while its server is down.
    this.reconnects.listen(() => (this.known = undefined));
  }

  append(groupId: string, events: readonly GroupEvent[], expect: Expectation): Promise<Appended> {
    return this.appends.append(groupId, events, expect);
  }

  readGroup(groupId: string, fromSeq = 1, writer?: Writer): AsyncIterable<LogEntry> {
    return readHistory(this.stored, writer ? subjectOf(groupId, writer) : groupFilter(groupId), fromSeq);
  }

  async lastSeq(groupId: string, writer?: Writer): Promise<number> {
    const filter = writer ? subjectOf(groupId, writer) : groupFilter(groupId);
    return (await this.stored.last(filter))?.seq ?? 0;
  }

  async *tail(filter: string, fromSeq: number, signal: AbortSignal): AsyncIterable<LogEntry> {
    const assembler = new PartAssembler(this.stored);
    const { connection, manager, reconnects } = this;
    for await (const message of tailMessages({ connection, manager, reconnects }, filter, fromSeq, signal)) {
      const entry = await assembler.push(message);
      if (entry) yield { ...entry, pending: message.pending };
    }
  }

  async purgeGroup(groupId: string, beforeSeq?: number): Promise<void> {
    const filter = groupFilter(groupId);
    await patiently(() =>
      this.manager.streams.purge(streamName, beforeSeq === undefined ? { filter } : { filter, seq: beforeSeq }),
    );
  }

  incarnation(): Promise<string> {
    if (this.known && Date.now() < this.known.until) return this.known.incarnation;
    const incarnation = this.readIncarnation();
    const known = { incarnation, until: Date.now() + incarnationKeptMs };
    this.known = known;
    incarnation.catch(() => {
      if (this.known === known) this.known = undefined;
    });
    return incarnation;
  }

  async fingerprint(seq: number): Promise<string | undefined> {
    const message = seq > 0 ? await this.stored.at(seq) : undefined;
    return message && fingerprintOfMessage(message);
  }

  async state(): Promise<{ firstSeq: number; lastSeq: number; fullness: number }> {
    const { state, config } = await patiently(() => this.manager.streams.info(streamName));
    // Told on the way: what is compared with it must not be older.
    const incarnation = Promise.resolve(config.metadata?.incarnation ?? '');
    this.known = { incarnation, until: Date.now() + incarnationKeptMs };
    return { firstSeq: state.first_seq, lastSeq: state.last_seq, fullness: state.bytes / config.max_bytes };
  }

  /** Calls the listener each time the server comes back: what it holds may have been exchanged meanwhile. */
  onReconnect(listener: () => void): void {
    this.reconnects.listen(listener);
  }

  read(filter: string, fromSeq: number): AsyncIterable<LogEntry> {
    return readHistory(this.stored, filter, fromSeq);
  }

  async partitionEnds(): Promise<PartitionEnd[]> {
    const ends = await Promise.all(
      allPartitions.map(async (partition) => {
        const last = await this.stored.last(partitionFilter(partition));
        return last && { partition, seq: last.seq, fingerprint: fingerprintOfMessage(last) };
      }),
    );
    return ends.filter((end) => end !== undefined);
  }

  async renewIncarnation(): Promise<string> {
    const incarnation = await patiently(() => renewIncarnation(this.manager));
    this.known = undefined;
    return incarnation;
  }

  async ensure(): Promise<void> {
    await patiently(() => ensureStream(this.manager, this.options));
    this.known = undefined;
  }

  private async readIncarnation(): Promise<string> {
    const { config } = await patiently(() => this.manager.streams.info(streamName));
    return config.metadata?.incarnation ?? '';
  }
}
