import { closedFrame, encodeFrame, taskRunState } from '@multitask/result-formats';
import { isSettled } from '@multitask/task-group';
import type { GroupTail } from './group.tail';
import type { ReaderConnection } from './reader.connection';
import type { TailRegistry } from './tail.registry';

/** One reader of one run: its state now, each later one, and the end. Short enough to begin anew instead of resuming. */
export class RunReader {
  constructor(
    private readonly request: { readonly groupId: string; readonly row: number; readonly runId: string },
    readonly connection: ReaderConnection,
    private readonly tails: TailRegistry,
  ) {}

  /** Resolves when the reader is gone. */
  async run(): Promise<void> {
    const tail = await this.tails.open(this.request.groupId);
    const { view } = await tail.snapshot();
    const row = view.rows[this.request.row];
    // An earlier run of the row, or one that is only just known to the log: its end was told elsewhere.
    if (row?.runId === this.request.runId) await this.connection.send(encodeFrame(taskRunState(row, view)));
    if (row?.runId !== this.request.runId || isSettled(row.status)) return this.close();
    // Something was let go meanwhile: the reader begins anew.
    if (!tail.ring.covers(view.seq)) return this.connection.finish();
    let place = tail.ring.placeAfter(view.seq);
    await new Promise<void>((resolve) => {
      const pump = () => {
        // What was let go may have been the end of this run.
        if (place < tail.ring.start) this.connection.depart('behind');
        while (this.connection.ready && place < tail.ring.end) {
          const entry = tail.ring.at(place++);
          for (const { row: number, bytes } of entry?.rows ?? [])
            if (number === this.request.row) this.connection.write(bytes);
        }
        if (this.connection.ready && this.isOver(tail)) this.close();
        if (!this.connection.open) leave();
      };
      const stopListening = tail.listen({ advanced: pump, ended: () => this.connection.finish() });
      const stopDraining = this.connection.onDrain(pump);
      const leave = () => {
        stopListening();
        stopDraining();
        resolve();
      };
      pump();
    });
  }

  checkPace(): void {
    this.connection.checkStall();
  }

  beat(): void {
    if (this.connection.ready) this.connection.write(': heartbeat\n\n');
  }

  private isOver(tail: GroupTail): boolean {
    const row = tail.row(this.request.row);
    return row?.runId !== this.request.runId || isSettled(row.status);
  }

  private close(): void {
    this.connection.write(encodeFrame(closedFrame));
    this.connection.finish();
  }
}
