import type { EventLog } from '@multitask/event-log';
import { closedFrame, encodeFrame, resetFrame } from '@multitask/result-formats';
import { catchUp, quietUntil } from './catch-up';
import type { FoldTurns } from './fold.turns';
import type { GroupTail, TailEnd } from './group.tail';
import type { ReaderConnection } from './reader.connection';
import { snapshotPieces } from './snapshot.pieces';
import type { StreamMetrics } from './stream.metrics';
import type { TailRegistry } from './tail.registry';

/** Live frames a reader may leave waiting before it is dropped; it resumes where it was. */
const maxLagBytes = 256 * 1024;

/** A burst larger than that is no reason yet: a reader is slow when it has also taken nothing for this long. */
const slowMs = 1_000;

export interface ReaderRequest {
  readonly groupId: string;
  /** Everything up to here it has; undefined: it begins with a snapshot. */
  readonly after: number | undefined;
  /** Its position meant nothing to us: it must forget what it has. */
  readonly reset: boolean;
  /** Stays for later generations. */
  readonly follow: boolean;
}

/** One reader of one group, from its snapshot or its position through everything that follows. */
export class StreamReader {
  /** Everything up to this sequence was sent. */
  private position: number | undefined;
  private tail: GroupTail | undefined;
  private place = 0;
  private takenBytes = 0;
  private closing: Promise<void> | undefined;

  constructor(
    private readonly request: ReaderRequest,
    readonly connection: ReaderConnection,
    private readonly tails: TailRegistry,
    private readonly log: EventLog,
    private readonly turns: FoldTurns,
    private readonly metrics: StreamMetrics,
  ) {
    this.position = request.after;
  }

  /** Resolves when the reader is gone. Rejects when the group can no longer be read. */
  async run(): Promise<void> {
    if (this.request.reset) await this.connection.send(encodeFrame(resetFrame));
    while (this.connection.open) {
      const tail = await this.tails.open(this.request.groupId);
      const caught = await this.approach(tail);
      const end = caught === undefined ? 'rewound' : await this.follow(tail, caught);
      if (end === 'rewound') {
        this.position = undefined;
        await this.connection.send(encodeFrame(resetFrame));
      } else if (end !== undefined) {
        // Somebody else, or we in a moment, will go on from the last id.
        this.connection.finish();
      }
    }
  }

  /** Once a second: lets go of a reader that takes nothing. */
  checkPace(): void {
    const { connection, tail } = this;
    connection.checkStall();
    if (!tail || connection.waitedMs < slowMs) return;
    if (tail.ring.bytes - this.takenBytes + connection.queuedBytes > maxLagBytes) connection.depart('slow');
  }

  /** Tells a quiet connection, and whatever stands in between, that it is alive. */
  beat(): void {
    if (this.connection.ready) this.connection.write(': heartbeat\n\n');
    if (this.tail && this.connection.ready) this.closeAtEnd(this.tail);
  }

  /** Everything up to the tail's latest; undefined when that cannot be joined to what the reader has. */
  private async approach(tail: GroupTail): Promise<number | undefined> {
    const leave = tail.attend();
    try {
      const position = (this.position ??= await this.sendSnapshot(tail));
      return await this.bridge(tail, position);
    } finally {
      leave();
    }
  }

  private async sendSnapshot(tail: GroupTail): Promise<number> {
    const snapshot = await tail.snapshot();
    for (const piece of snapshotPieces(snapshot)) {
      await this.connection.send(piece);
      if (!this.connection.open) break;
    }
    return snapshot.view.seq;
  }

  /** Sends what lies between the position and the tail's ring; undefined when the log does not hold that any more. */
  private async bridge(tail: GroupTail, from: number): Promise<number | undefined> {
    let position = from;
    // More than one round only when the ring went on while this reader took its time.
    while (!tail.ring.covers(position) && this.connection.open) {
      if (tail.spill.covers(position)) {
        position = await this.sendSpilled(tail, position);
        continue;
      }
      const quiet = await quietUntil(this.log, this.request.groupId, position);
      const reached = quiet ?? (await this.sendMissed(tail, position));
      if (reached === position) return undefined;
      position = reached;
    }
    return position;
  }

  /** From disk, at the reader's own pace. */
  private async sendSpilled(tail: GroupTail, position: number): Promise<number> {
    let reached = position;
    for await (const { bytes, frames, seq } of tail.spill.after(position)) {
      this.metrics.frames.inc(frames);
      await this.connection.send(bytes);
      reached = seq;
      if (!this.connection.open) break;
    }
    return reached;
  }

  private async sendMissed(tail: GroupTail, position: number): Promise<number> {
    const { connection, turns } = this;
    let reached = position;
    await turns.take();
    try {
      for await (const { seq, entries } of catchUp(this.log, this.request.groupId, tail.incarnation, position)) {
        for (const entry of entries) {
          if (!connection.open) return reached;
          this.metrics.frames.inc(entry.frames);
          if (!connection.write(entry.bytes))
            await turns.waitFor(connection.whenReady(), () => connection.depart('slow'));
        }
        reached = seq;
      }
    } finally {
      turns.give();
    }
    return reached;
  }

  /** Live from the ring on. Resolves with why the tail ended; undefined when the reader is gone. */
  private follow(tail: GroupTail, position: number): Promise<TailEnd | undefined> {
    this.tail = tail;
    this.position = position;
    this.place = tail.ring.placeAfter(position);
    this.takenBytes = tail.ring.bytes - tail.ring.bytesFrom(this.place);
    return new Promise((resolve) => {
      const stopListening = tail.listen({ advanced: () => this.pump(tail), ended: (reason) => leave(reason) });
      const stopDraining = this.connection.onDrain(() => (this.connection.open ? this.pump(tail) : leave(undefined)));
      const leave = (reason: TailEnd | undefined) => {
        stopListening();
        stopDraining();
        this.tail = undefined;
        resolve(reason);
      };
      if (this.connection.open) this.pump(tail);
      else leave(undefined);
    });
  }

  private pump(tail: GroupTail): void {
    const { ring } = tail;
    if (this.place < ring.start) return this.connection.depart('behind');
    // Another replica may have told it more than this tail has read so far.
    for (let entry = ring.at(this.place); entry && entry.seq <= this.position!; entry = ring.at(++this.place))
      this.takenBytes += entry.bytes.length;
    while (this.connection.ready && this.place < ring.end) {
      const { bytes, frames, next } = ring.piece(this.place);
      this.place = next;
      this.takenBytes += bytes.length;
      this.metrics.frames.inc(frames);
      this.connection.write(bytes);
    }
    if (this.connection.ready) this.closeAtEnd(tail);
  }

  /** The group is done and everything was told: then there is nothing to wait for, unless the reader wants what comes later. */
  private closeAtEnd(tail: GroupTail): void {
    if (tail.expired) return this.connection.finish();
    if (tail.active || this.request.follow || this.closing || tail.seq < this.position!) return;
    this.closing = tail
      .isAtEnd()
      .then((atEnd) => {
        if (!atEnd || tail.active || this.place < tail.ring.end || !this.connection.ready) return;
        tail.noteEnd();
        this.connection.write(encodeFrame(closedFrame));
        this.connection.finish();
      })
      // Unknown: the next heartbeat asks again.
      .catch(() => undefined)
      .finally(() => (this.closing = undefined));
  }
}
