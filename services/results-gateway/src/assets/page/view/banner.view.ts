import type { Warning } from '../data/answer';
import type { StreamState } from '../live/group.stream';
import { attributes, byId, make } from './dom';

/** A connection that comes back within this needs no word. */
const patienceMs = 1_500;

/** Says whether what is seen is live, and why not. */
export class BannerView {
  private readonly line = byId('lost');
  private readonly sign = byId('liveness');
  private timer: ReturnType<typeof setTimeout> | undefined;
  private notice: string | null = null;
  private isLost = false;
  private last: string | null = null;

  constructor(notice: string | null) {
    this.notice = notice;
  }

  state(state: StreamState, isActive: boolean): void {
    if (this.last !== null) return;
    if (state === 'live') {
      clearTimeout(this.timer);
      this.timer = undefined;
      this.isLost = false;
      // A new connection begins live; a notice that still holds comes with it.
      this.notice = null;
      this.say();
      this.show(isActive ? 'live' : 'done');
    }
    if (state === 'lost' && !this.isLost)
      this.timer ??= setTimeout(() => {
        this.isLost = true;
        this.say();
        this.show('lost');
      }, patienceMs);
  }

  /** A group that is done may go on later: an owner appends rows or retries some. */
  activity(isActive: boolean): void {
    if (this.sign.dataset.state === (isActive ? 'done' : 'live')) this.show(isActive ? 'live' : 'done');
  }

  /** What the server says of itself. */
  tell(notice: string | null): void {
    this.notice = notice;
    this.say();
  }

  /** What a reader should know of the group for as long as it is there: appends bring more, and so does a log that was set back. */
  warn(warnings: readonly Warning[]): void {
    const lines = warnings.map(({ message }) => make('p', { className: 'notice warning' }, message));
    const box = byId('warnings');
    if (
      lines.map((line) => line.textContent).join('\n') === [...box.children].map((line) => line.textContent).join('\n')
    )
      return;
    box.replaceChildren(...lines);
  }

  /** Nothing more will come: said until the page is left. */
  end(message: string): void {
    clearTimeout(this.timer);
    this.last = message;
    this.say();
    this.show('ended');
  }

  show(state: 'live' | 'done' | 'lost' | 'ended'): void {
    const words = { live: 'Live', done: 'Up to date', lost: 'Reconnecting', ended: 'Gone' };
    this.sign.hidden = false;
    this.sign.textContent = words[state];
    attributes(this.sign, { 'data-state': state });
  }

  private say(): void {
    const text =
      this.last ??
      (this.isLost ? 'The connection is lost. This is what was known before; it goes on by itself.' : this.notice) ??
      '';
    if (this.line.textContent?.trim() !== text) this.line.textContent = text;
    this.line.hidden = text === '';
  }
}
