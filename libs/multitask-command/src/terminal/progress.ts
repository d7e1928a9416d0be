import type { GroupStatus } from '@multitask/client';
import { printable } from './printable';
import { countsOf, progressLine, type Counts } from './progress.line';
import type { Terminal } from './terminal';

/** ms between two drawings: more often nobody sees, and a slow line feels it. */
const drawMs = 100;

/** Shows how far a group is: a bar on a terminal, elsewhere only what has to be known. */
export class Progress {
  private first: { readonly at: number; readonly done: number } | undefined;
  private status: GroupStatus | undefined;
  private remark: string | undefined;
  private drawnAt = -Infinity;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly terminal: Terminal,
    private readonly now: () => number = () => performance.now(),
  ) {}

  show(status: GroupStatus): void {
    const { completed, without } = countsOf(status);
    this.first ??= { at: this.now(), done: completed + without };
    this.status = status;
    const blocked = status.blocked && printable(status.blocked.message);
    this.note(blocked ? `Waiting: ${blocked}` : undefined);
    this.drawSoon();
  }

  /** Why nothing moves; undefined when it does again. Without a bar each is told once. */
  note(remark: string | undefined): void {
    if (remark !== undefined && remark !== this.remark && !this.terminal.drawsOver) this.terminal.say(remark);
    this.remark = remark;
    this.drawSoon();
  }

  end(): void {
    clearTimeout(this.timer);
    this.terminal.draw('');
  }

  private drawSoon(): void {
    clearTimeout(this.timer);
    const wait = this.drawnAt + drawMs - this.now();
    if (wait <= 0) return this.draw();
    this.timer = setTimeout(() => this.draw(), wait);
    this.timer.unref();
  }

  private draw(): void {
    if (!this.status) return;
    this.drawnAt = this.now();
    const counts = countsOf(this.status);
    const progress = { ...counts, rate: this.rateOf(counts), remark: this.remark };
    this.terminal.draw(progressLine(progress, this.terminal.columns));
  }

  private rateOf({ completed, without }: Counts): number | undefined {
    const seconds = (this.now() - this.first!.at) / 1_000;
    const rows = completed + without - this.first!.done;
    return rows > 0 && seconds >= 1 ? rows / seconds : undefined;
  }
}
