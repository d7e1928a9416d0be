import { attributes, make } from '../view/dom';
import { eventSummary, eventTitle } from './event.words';
import type { Events, LoggedEvent } from './owner.answers';
import type { OwnerClient } from './owner.client';
import { timeOf } from './time';

/** The group's log: every fact there is of it, oldest first, as far as one has read. */
export class JournalPart {
  readonly element = make('div', { className: 'owner-part' });
  private readonly list = make('ol', { className: 'journal' });
  private readonly more = make('button', { type: 'button', className: 'button' }, 'Read on');
  private readonly count = attributes(make('p', { className: 'quiet' }), { role: 'status' });
  private readonly fault = attributes(make('p', { className: 'fault', hidden: true }), { role: 'alert' });
  private last = 0;
  private isReading = false;

  constructor(
    private readonly client: OwnerClient,
    private readonly path: string,
  ) {
    this.more.onclick = () => void this.read();
    const about = make('p', {}, 'Every fact of this group in the order it came, without inputs, outputs and secrets.');
    this.element.append(about, this.list, this.count, this.more, this.fault);
  }

  show(): void {
    void this.read();
  }

  private async read(): Promise<void> {
    if (this.isReading) return;
    this.isReading = true;
    this.more.disabled = true;
    // The place of the last event is a cursor as well: behind it stands what has come since.
    const told = await this.client.ask<Events>(`${this.path}${this.last > 0 ? `?cursor=${this.last}` : ''}`);
    this.isReading = false;
    this.more.disabled = false;
    this.fault.textContent = told.isGood ? '' : told.fault;
    this.fault.hidden = told.isGood;
    if (!told.isGood) return;
    const { events, next_cursor } = told.value;
    this.last = events.at(-1)?.seq ?? this.last;
    this.list.append(...events.map((event) => line(event)));
    const read = this.list.childElementCount.toLocaleString('en');
    this.count.textContent = next_cursor === null ? `All ${read} events so far.` : `The first ${read} events.`;
    this.more.textContent = next_cursor === null ? 'Look for newer ones' : 'Read on';
  }
}

/** Opened, it shows all that the event says. */
const line = (event: LoggedEvent): HTMLElement =>
  make(
    'li',
    {},
    make(
      'details',
      {},
      make(
        'summary',
        {},
        make('span', { className: 'event-title' }, eventTitle(event.type)),
        timeOf(event.time),
        make('span', { className: 'event-summary' }, eventSummary(event)),
      ),
      make('pre', {}, JSON.stringify({ seq: event.seq, type: event.type, data: event.data }, null, 2)),
    ),
  );
