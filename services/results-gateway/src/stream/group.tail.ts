import { groupFilter, type RecordedEvent } from '@multitask/contracts';
import type { EventLog } from '@multitask/event-log';
import type { Logger } from '@multitask/platform';
import { framesOf } from '@multitask/result-formats';
import {
  applyToView,
  changedRows,
  isActive,
  type GroupFold,
  type GroupView,
  type RowView,
} from '@multitask/task-group';
import type { SpoolSpace } from '../export/spool.space';
import type { FoundGroup, GroupSource } from '../group/group.source';
import { Announcer } from './announcer';
import { EntryRing } from './entry.ring';
import { forgetResult } from './forgotten.result';
import { FrameSlab } from './frame.slab';
import { FrameSpill } from './frame.spill';
import { entriesOf } from './stream-entry';

/** Bytes of frames kept for readers that come back or join late. */
const ringBytes = 4 * 1024 * 1024;

/** Frames that wait for their announcement; more would let readers fall behind the ring through no fault of theirs. */
const unannouncedBytes = 64 * 1024;

/** Milliseconds in which readers that come together share one snapshot. */
const snapshotSharedMs = 500;

/** Whoever reads a tail is told that something new may be there, or that the tail has ended. */
export interface TailListener {
  advanced(): void;
  ended(reason: TailEnd): void;
}

/** `rewound`: the log is another one, start again. `lost`: the log cannot be followed any more. */
export type TailEnd = 'rewound' | 'lost' | 'stopped';

/**
 * The live end of one group, read once for all its readers in this process: a fold without results, and the frames of the
 * latest events. 100,000 rows take about 30 MB here, whatever they found.
 */
export class GroupTail {
  readonly ring: EntryRing;
  /** What the ring keeps no longer. */
  readonly spill: FrameSpill;
  private readonly listeners = new Set<TailListener>();
  private readonly endings: (() => void)[] = [];
  private readonly abort = new AbortController();
  private readonly slab = new FrameSlab();
  private readonly announcer = new Announcer(() => this.tellListeners());
  private announcedBytes = 0;
  private end: TailEnd | undefined;
  /** Readers that are on their way to its end. */
  private attending = 0;
  private shared: { readonly from: number; readonly snapshot: Promise<FoundGroup> } | undefined;

  static async open(groupId: string, parts: TailParts): Promise<GroupTail> {
    const snapshot = await alignedSnapshot(groupId, parts);
    const tail = new GroupTail(groupId, snapshot, parts);
    tail.share(Promise.resolve(snapshot));
    void tail.run();
    return tail;
  }

  private fold: GroupFold;
  readonly incarnation: string;

  private constructor(
    readonly groupId: string,
    snapshot: FoundGroup,
    private readonly parts: TailParts,
  ) {
    this.incarnation = snapshot.incarnation;
    this.fold = { groupId, staged: new Map(), view: withoutResults(snapshot.view) };
    const { seq } = snapshot.view;
    this.spill = new FrameSpill(seq, parts.spillSpace);
    this.ring = new EntryRing(seq, ringBytes, (event) => this.spill.push(event));
  }

  /** Sequence of the last event of the group that was read. */
  get seq(): number {
    return this.view.seq;
  }

  get active(): boolean {
    return isActive(this.view);
  }

  get expired(): boolean {
    return this.view.expiredAt !== null;
  }

  get readers(): number {
    return this.listeners.size + this.attending;
  }

  /** Keeps the tail for a reader that does not listen yet, until the returned function is called, once. */
  attend(): () => void {
    this.attending++;
    return () => void this.attending--;
  }

  /** How a row stands now. */
  row(row: number): Pick<RowView, 'status' | 'runId'> | undefined {
    return this.view.rows[row];
  }

  /** The group as it is now, for a reader that starts. */
  snapshot(): Promise<FoundGroup> {
    if (this.shared && Date.now() - this.shared.from < snapshotSharedMs) return this.shared.snapshot;
    return this.share(alignedSnapshot(this.groupId, this.parts));
  }

  /** Whether the log holds nothing of the group that was not read here. Rejects when the log cannot be asked. */
  async isAtEnd(): Promise<boolean> {
    return (await this.parts.log.lastSeq(this.groupId)) <= this.seq;
  }

  /** A reader was told that nothing more comes, and may ask for the result at once: the read model may be behind. */
  noteEnd(): void {
    this.parts.source.noteTold(this.groupId, this.incarnation, this.seq);
  }

  listen(listener: TailListener): () => void {
    if (this.end) queueMicrotask(() => listener.ended(this.end!));
    else this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Called once, however the tail ends. */
  onEnd(callback: () => void): void {
    if (this.end) callback();
    else this.endings.push(callback);
  }

  stop(reason: TailEnd): void {
    if (this.end) return;
    this.announcer.tellNow();
    this.end = reason;
    this.abort.abort();
    for (const callback of this.endings) callback();
    for (const listener of [...this.listeners]) listener.ended(reason);
    this.listeners.clear();
    void this.spill.close();
  }

  private get view(): GroupView {
    return this.fold.view!;
  }

  private share(snapshot: Promise<FoundGroup>): Promise<FoundGroup> {
    const shared = { from: Date.now(), snapshot };
    this.shared = shared;
    const forget = () => {
      if (this.shared === shared) this.shared = undefined;
    };
    setTimeout(forget, snapshotSharedMs).unref();
    snapshot.catch(forget);
    return snapshot;
  }

  private async run(): Promise<void> {
    const { log, logger } = this.parts;
    try {
      const { signal } = this.abort;
      for await (const entry of log.tail(groupFilter(this.groupId), this.seq + 1, signal)) {
        if (signal.aborted) return;
        // The projector parks what nobody can read; for a reader it never happened.
        if (entry.kind === 'event') await this.take(entry.event);
      }
    } catch (error) {
      logger.warn({ err: error, groupId: this.groupId }, 'the tail of a group was lost');
    }
    this.stop('lost');
  }

  private async take(event: RecordedEvent): Promise<void> {
    applyToView(this.fold, event);
    if (this.missesRows(event)) await this.foldAnew(event.seq);
    const { incarnation, slab } = this;
    for (const entry of entriesOf(framesOf(this.view, event), { incarnation, seq: event.seq }, slab))
      this.ring.push(entry);
    for (const row of changedRows(this.view, event)) forgetResult(row);
    if (this.ring.bytes - this.announcedBytes > unannouncedBytes) this.announcer.tellNow();
    // Also of what has no frames: a reader may wait for the log's end alone.
    else this.announcer.soon();
  }

  private async foldAnew(seq: number): Promise<void> {
    const fold = await this.parts.source.foldLog(this.groupId, seq);
    this.fold = { ...fold, view: withoutResults(fold.view!) };
  }

  private tellListeners(): void {
    this.announcedBytes = this.ring.bytes;
    for (const listener of this.listeners) listener.advanced();
  }

  /** Rows that were accepted before this tail's start and are committed only now are not in its snapshot. */
  private missesRows({ name, data }: RecordedEvent): boolean {
    return name === 'InputsAppended' && this.view.rowCount < data.first_row + data.row_count;
  }
}

export interface TailParts {
  readonly source: GroupSource;
  readonly log: EventLog;
  readonly logger: Logger;
  /** What all tails together may keep on disk. */
  readonly spillSpace: SpoolSpace;
}

/** A snapshot the tail can go on from: the read model's, unless that is of another log than the one there is now. */
async function alignedSnapshot(groupId: string, { source, log }: TailParts): Promise<FoundGroup> {
  const snapshot = await source.snapshot(groupId);
  return snapshot.incarnation === (await log.incarnation()) ? snapshot : source.fromLog(groupId);
}

/** A copy that may change while others still read the original. */
const withoutResults = (view: GroupView): GroupView => ({
  ...view,
  counts: { ...view.counts },
  rows: view.rows.map((row) => ({ ...row, run: null, output: null, previous: [] })),
});
