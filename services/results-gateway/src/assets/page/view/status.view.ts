import type { Cost, StatusJson } from '../data/answer';
import { PaceMeter } from '../data/pace';
import { isSettled } from '../data/row';
import { dollars } from '../data/text';
import { progressRects } from './bar';
import { attributes, byId, make } from './dom';

/** A screen reader is told how far it is no more often than this. */
const heardMs = 20_000;

/** How far the group is: in the title of the tab, in words, as a bar. */
export class StatusView {
  private readonly message = byId('message');
  private readonly paceLine = byId('pace');
  private readonly bar = byId('bar');
  private readonly blocked = byId('blocked');
  private readonly heading = byId('title').textContent;
  private readonly pace = new PaceMeter();
  private lastHeard = performance.now();
  private wasActive: boolean;

  constructor(private status: StatusJson) {
    this.wasActive = status.is_active;
    // The rate falls and the rest grows while nothing ends.
    setInterval(() => this.drawPace(), 5_000);
  }

  get done(): number {
    const counts = Object.entries(this.status.task_run_status_counts);
    return counts.reduce((sum, [status, count]) => sum + (isSettled(status) ? count : 0), 0);
  }

  draw(status: StatusJson): void {
    this.status = status;
    const { task_run_status_counts: counts, num_task_runs: total } = status;
    const { done } = this;
    this.pace.note(done, performance.now());
    const mark = status.is_active ? '⏳' : total > 0 && !counts.completed ? '❌' : '✅';
    document.title = `${mark} ${done}/${total} ${this.heading}`;
    this.message.textContent = status.status_message;
    this.drawBar(counts, total, done);
    this.drawBlocked();
    this.drawPace();
    this.tell();
  }

  expired(): void {
    document.title = `⌛ ${this.heading}`;
    this.paceLine.textContent = '';
  }

  drawCost({ spent_usd: spent, estimated_total_usd: total }: Cost): void {
    const cost = document.getElementById('cost');
    if (!cost || spent === null || total === null) return;
    cost.textContent = spent === total ? `${dollars(spent)} spent` : `${dollars(spent)} of ${dollars(total)} spent`;
  }

  drawExpiry(expiresAt: string | null): void {
    if (expiresAt === null) return;
    const date = make('time', { dateTime: expiresAt }, expiresAt.slice(0, 10));
    byId('expiry').replaceChildren('kept until ', date);
  }

  private drawBar(counts: Readonly<Record<string, number>>, total: number, done: number): void {
    attributes(this.bar, { 'aria-valuemax': String(total), 'aria-valuenow': String(done) });
    this.bar.firstElementChild!.replaceChildren(...progressRects(counts, total));
  }

  private drawBlocked(): void {
    const { blocked } = this.status;
    this.blocked.hidden = !blocked;
    if (!blocked) return;
    const at = new Date(blocked.next_try_at).toLocaleString([], { dateStyle: 'medium', timeStyle: 'short' });
    const text = `${blocked.message} The next try is at ${at}.`;
    const line = byId('blocked-message');
    if (line.textContent !== text) line.textContent = text;
  }

  private drawPace(): void {
    const { status } = this;
    const left = status.num_task_runs - this.done;
    // What the server said of the whole life of the group stands until there is something newer to say.
    const text = status.is_active && !status.blocked ? this.pace.text(left, performance.now()) : '';
    if (text !== '' || !status.is_active || status.blocked) this.paceLine.textContent = text;
  }

  private tell(): void {
    const now = performance.now();
    const ended = this.wasActive && !this.status.is_active;
    this.wasActive = this.status.is_active;
    if (!ended && now - this.lastHeard < heardMs) return;
    this.lastHeard = now;
    byId('heard').textContent = this.status.status_message;
  }
}
