import { attributes, dot, make } from '../view/dom';
import type { Deliveries, Delivery } from './owner.answers';
import type { OwnerClient } from './owner.client';
import { timeOf } from './time';

/** A delivery under way is looked at again this often while one looks at it. */
const lookMs = 2_000;
const words: Readonly<Record<Delivery['state'], string>> = {
  pending: 'under way',
  delivered: 'delivered',
  given_up: 'given up',
};
const colours: Readonly<Record<Delivery['state'], string>> = {
  pending: 'running',
  delivered: 'completed',
  given_up: 'failed',
};

/** What became of each webhook, and another delivery of one. */
export class DeliveriesPart {
  readonly element = make('div', { className: 'owner-part' });
  private readonly about = make('p');
  private readonly list = make('ul', { className: 'deliveries' });
  private readonly more = make('button', { type: 'button', className: 'button' }, 'Older deliveries');
  private readonly fault = attributes(make('p', { className: 'fault', hidden: true }), { role: 'alert' });
  private cursor: string | null = null;
  private older: readonly Delivery[] = [];
  private drawn = '';
  private timer: ReturnType<typeof setTimeout> | undefined;
  private isShown = false;

  constructor(
    private readonly client: OwnerClient,
    private readonly path: string,
    private readonly say: (text: string) => void,
  ) {
    this.more.onclick = () => void this.loadOlder();
    this.element.append(this.about, this.list, this.more, this.fault);
  }

  show(): void {
    this.isShown = true;
    void this.look();
  }

  hide(): void {
    this.isShown = false;
    clearTimeout(this.timer);
  }

  private async look(): Promise<void> {
    clearTimeout(this.timer);
    const told = await this.client.ask<Deliveries>(this.path);
    if (!this.isShown) return;
    this.tell(told.isGood ? '' : told.fault);
    if (told.isGood) this.draw(told.value);
    const isMoving = !told.isGood || told.value.deliveries.some(({ state }) => state === 'pending');
    if (isMoving) this.timer = setTimeout(() => void this.look(), lookMs);
  }

  private async loadOlder(): Promise<void> {
    const told = await this.client.ask<Deliveries>(`${this.path}?cursor=${this.cursor}`);
    this.tell(told.isGood ? '' : told.fault);
    if (!told.isGood) return;
    this.older = [...this.older, ...told.value.deliveries];
    this.cursor = told.value.next_cursor;
    this.more.hidden = this.cursor === null;
    this.list.append(...told.value.deliveries.map((delivery) => this.line(delivery)));
  }

  private draw({ endpoint, deliveries, next_cursor }: Deliveries): void {
    const drawn = JSON.stringify([endpoint, deliveries]);
    if (drawn === this.drawn) return;
    this.drawn = drawn;
    this.about.textContent =
      endpoint === null
        ? 'This group was made without a webhook: nobody is told when it is done.'
        : deliveries.length === 0
          ? `${endpoint} is told when every row is done.`
          : `${endpoint} is told each time every row is done. The rest of its address is kept secret.`;
    if (this.older.length === 0) {
      this.cursor = next_cursor;
      this.more.hidden = next_cursor === null;
    }
    const known = new Set(deliveries.map(({ generation }) => generation));
    const older = this.older.filter(({ generation }) => !known.has(generation));
    const focused = (document.activeElement as HTMLElement | null)?.dataset.generation;
    this.list.replaceChildren(...[...deliveries, ...older].map((delivery) => this.line(delivery)));
    if (focused) this.list.querySelector<HTMLElement>(`[data-generation="${CSS.escape(focused)}"]`)?.focus();
  }

  private line(delivery: Delivery): HTMLElement {
    const { generation, state, completed_at, next_try_at, attempts, webhook_id } = delivery;
    const again = make('button', { type: 'button', className: 'button' }, 'Deliver again');
    again.dataset.generation = String(generation);
    attributes(again, { 'aria-label': `Deliver completion ${generation} again` });
    again.onclick = () => void this.redeliver(generation, again);
    const next = state === 'pending' && next_try_at !== null && attempts.length > 0;
    return make(
      'li',
      { className: colours[state] },
      make(
        'div',
        { className: 'delivery-head' },
        make('h3', {}, `Completion ${generation}`),
        make('span', { className: 'status' }, dot(), words[state]),
        state !== 'pending' && again,
      ),
      completed_at !== null && make('p', { className: 'quiet' }, 'every row was done ', timeOf(completed_at)),
      make('p', { className: 'quiet' }, 'webhook-id ', make('code', {}, webhook_id)),
      attempts.length > 0 &&
        make(
          'ol',
          { className: 'attempts' },
          ...attempts.map(({ at, status, error, delivered }) =>
            make(
              'li',
              { className: delivered ? 'completed' : 'failed' },
              dot(),
              timeOf(at),
              // What went wrong says the status as well.
              make('span', {}, error ?? (status === null ? 'no answer' : `answered ${status}`)),
            ),
          ),
        ),
      next && make('p', { className: 'quiet' }, 'next try ', timeOf(next_try_at)),
    );
  }

  private async redeliver(generation: number, button: HTMLButtonElement): Promise<void> {
    button.disabled = true;
    const told = await this.client.ask(`${this.path}/redeliver`, { method: 'POST', body: { generation } });
    button.disabled = false;
    this.tell(told.isGood ? '' : told.fault);
    if (!told.isGood) return;
    this.say(`Completion ${generation} is delivered again, under the same webhook-id.`);
    await this.look();
  }

  private tell(fault: string): void {
    this.fault.textContent = fault;
    this.fault.hidden = fault === '';
  }
}
