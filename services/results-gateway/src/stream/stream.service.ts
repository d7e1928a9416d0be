import type { OnModuleDestroy } from '@nestjs/common';
import { MultitaskError } from '@multitask/contracts';
import type { EventLog } from '@multitask/event-log';
import type { CallerResolver, Logger } from '@multitask/platform';
import { encodeFrame, mediaTypes, noticeFrame, parseEventId } from '@multitask/result-formats';
import { isActive, type GroupHeader } from '@multitask/task-group';
import type { FastifyReply } from 'fastify';
import type { GroupSource } from '../group/group.source';
import type { OutageWatch } from '../outage/outage.watch';
import { endsAt, quietUntil } from './catch-up';
import { FoldTurns } from './fold.turns';
import { ReaderConnection } from './reader.connection';
import type { ReaderPlaces } from './reader.places';
import { RunReader } from './run.reader';
import type { StreamQuery } from './stream.query';
import type { StreamMetrics } from './stream.metrics';
import { StreamReader } from './stream.reader';
import type { TailRegistry } from './tail.registry';

const paceCheckMs = 1_000;

/** A notice, and its end, reach every reader this soon after they are known. */
const noticeCheckMs = 500;

/** Milliseconds after which a browser reconnects; spread, so that a thousand readers do not come back in one instant. */
const retryMs = { least: 1_000, spread: 2_000 };

type Reader = StreamReader | RunReader;

/** Opens event streams and keeps them alive. docs/PROTOCOL.md says what goes over them. */
export class StreamService implements OnModuleDestroy {
  private readonly readers = new Set<Reader>();
  /** Readers that were told that it is not live, and how. */
  private readonly noticed = new Map<Reader, string>();
  private readonly turns = new FoldTurns();
  private readonly timers: NodeJS.Timeout[] = [];
  private stopping = false;

  constructor(
    private readonly source: GroupSource,
    private readonly tails: TailRegistry,
    private readonly log: EventLog,
    private readonly outage: Pick<OutageWatch, 'notice' | 'requireLog'>,
    private readonly metrics: StreamMetrics,
    private readonly logger: Logger,
    private readonly places: ReaderPlaces,
    private readonly callers: Pick<CallerResolver, 'networkOf' | 'isLocal'>,
    heartbeatMs: number,
  ) {
    this.timers.push(setInterval(() => this.readers.forEach((reader) => reader.beat()), heartbeatMs).unref());
    this.timers.push(setInterval(() => this.readers.forEach((reader) => reader.checkPace()), paceCheckMs).unref());
    this.timers.push(setInterval(() => this.tellNotice(), noticeCheckMs).unref());
  }

  /** Throws as long as nothing was sent; from then on the stream itself is the answer. */
  openGroup(groupId: string, query: StreamQuery, reply: FastifyReply): Promise<void> {
    return this.placed(reply, async (started) => {
      const [{ view }, incarnation] = await Promise.all([
        this.source.header(groupId),
        this.ask(this.log.incarnation()),
      ]);
      const after = await this.resumable(query.after, incarnation);
      if (after !== undefined && !query.follow && (await this.isOver(view, after))) {
        void reply.status(204).send();
        return undefined;
      }
      const request = { groupId, after, reset: query.after !== undefined && after === undefined, follow: query.follow };
      return this.start(
        reply,
        started,
        (connection) => new StreamReader(request, connection, this.tails, this.log, this.turns, this.metrics),
      );
    });
  }

  openRun(run: { groupId: string; row: number; runId: string }, reply: FastifyReply): Promise<void> {
    return this.placed(reply, (started) =>
      this.start(reply, started, (connection) => new RunReader(run, connection, this.tails)),
    );
  }

  /** Ends every stream in order: readers go on at another replica from the last id they have. */
  async onModuleDestroy(): Promise<void> {
    this.stopping = true;
    for (const timer of this.timers) clearInterval(timer);
    for (const reader of this.readers) reader.connection.finish();
    await this.tails.close();
  }

  /** Serves the reader that `open` makes, in a place that is free again when the stream, or the attempt, has ended. */
  private async placed(
    reply: FastifyReply,
    open: (started: number) => Promise<Reader | undefined> | Reader | undefined,
  ): Promise<void> {
    const started = performance.now();
    const { raw } = reply.request;
    const leave = this.places.take(this.callers.isLocal(raw) ? undefined : this.callers.networkOf(raw));
    try {
      this.outage.requireLog();
      const reader = await open(started);
      if (reader) void this.serve(reader).finally(leave);
      else leave();
    } catch (error) {
      leave();
      throw error;
    }
  }

  /** The sequence to go on from; undefined for a position that is not of this log. */
  private async resumable(after: string | undefined, incarnation: string): Promise<number | undefined> {
    const position = after === undefined ? undefined : parseEventId(after);
    if (!position || position.incarnation !== incarnation) return undefined;
    const { lastSeq } = await this.ask(this.log.state());
    return position.seq <= lastSeq ? position.seq : undefined;
  }

  /** The reader has the end of a group that is complete, and nothing was told since. */
  private async isOver(header: GroupHeader, after: number): Promise<boolean> {
    if (isActive(header) && !(await this.ask(endsAt(this.log, header.groupId, after)))) return false;
    return (await this.ask(quietUntil(this.log, header.groupId, after))) !== undefined;
  }

  private async ask<T>(question: Promise<T>): Promise<T> {
    try {
      return await question;
    } catch (cause) {
      const message = 'The event log cannot be read right now. Please try again.';
      throw new MultitaskError('not_ready', message, { retryAfter: 2, cause });
    }
  }

  private start(
    reply: FastifyReply,
    started: number,
    make: (connection: ReaderConnection) => Reader,
  ): Reader | undefined {
    const headers = { ...reply.getHeaders(), ...streamHeaders } as Record<string, string>;
    reply.hijack();
    const { raw } = reply;
    raw.writeHead(200, headers);
    if (reply.request.method === 'HEAD') {
      raw.end();
      return undefined;
    }
    raw.socket?.setNoDelay(true);
    raw.socket?.setTimeout(0);
    const connection = new ReaderConnection(raw);
    const retry = Math.round(retryMs.least + Math.random() * retryMs.spread);
    connection.write(`: multitask\nretry: ${retry}\n\n`);
    // Browsers come back after an end, and never after an error.
    if (this.stopping) {
      connection.finish();
      return undefined;
    }
    this.metrics.firstByte.observe((performance.now() - started) / 1_000);
    const reader = make(connection);
    this.readers.add(reader);
    this.metrics.readers.set(this.readers.size);
    return reader;
  }

  private tellNotice(): void {
    const { notice } = this.outage;
    if (notice === null && this.noticed.size === 0) return;
    const frame = encodeFrame(noticeFrame(notice));
    for (const reader of this.readers) {
      if ((this.noticed.get(reader) ?? null) === notice || !reader.connection.ready) continue;
      reader.connection.write(frame);
      if (notice === null) this.noticed.delete(reader);
      else this.noticed.set(reader, notice);
    }
  }

  private async serve(reader: Reader): Promise<void> {
    const { connection } = reader;
    try {
      await reader.run();
    } catch (error) {
      // The status line is long gone: the end of the stream is the message, and the reader comes back with its last id.
      this.logger.warn({ err: error }, 'a stream ended early');
    }
    connection.finish();
    await connection.whenDeparted();
    this.readers.delete(reader);
    this.noticed.delete(reader);
    this.metrics.readers.set(this.readers.size);
    this.metrics.departures.inc({ reason: connection.departure ?? 'left' });
  }
}

const streamHeaders = {
  'content-type': `${mediaTypes.sse}; charset=utf-8`,
  'cache-control': 'no-store, no-transform',
  // nginx would otherwise collect frames before it passes them on.
  'x-accel-buffering': 'no',
};
