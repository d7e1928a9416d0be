import { findProcessor } from '@multitask/contracts';
import { estimateOf } from '@multitask/task-group';
import { byId, make } from './dom';
import { dollars, duration } from './words';

/** What the order comes to, by the very estimate the service refuses or accepts it with. */
export class SumView {
  private readonly place = byId('sum');
  private readonly lines = [...document.querySelectorAll<HTMLElement>('[data-processor]')];

  constructor(private readonly isCharged: boolean) {}

  /** The estimate in dollars; undefined while nobody can tell. */
  show(rows: number | undefined, processor: string): number | undefined {
    for (const line of this.lines) {
      const name = line.dataset.processor!;
      const cost = rows === undefined || name === '' ? undefined : estimateOf(rows, name).cost_usd;
      line.querySelector('[data-total]')!.textContent = cost === undefined || cost === null ? '' : dollars(cost);
    }
    const known = rows === undefined ? undefined : estimateOf(rows, processor);
    const cost = known?.cost_usd ?? undefined;
    this.place.replaceChildren(
      ...entry('Rows', rows === undefined ? 'known when it starts' : rows.toLocaleString('en')),
      ...entry('Processor', processor === '' ? 'suggested' : processor),
      ...(known?.seconds ? entry('Takes about', spanOf(known.seconds)) : []),
      ...entry('Estimate', cost === undefined ? '—' : dollars(cost), true),
      ...(cost !== undefined && !this.isCharged ? entry('', 'by the list price; nothing is charged') : []),
      ...(processor !== '' && !findProcessor(processor) ? entry('', 'Its price is not known here.') : []),
    );
    return cost;
  }

  /** A group that is there already is followed for nothing. */
  showFollowing(): void {
    this.place.replaceChildren(...entry('Rows', 'the runs of the group'), ...entry('Cost', 'nothing', true));
  }
}

const entry = (name: string, value: string, isTotal = false): HTMLElement[] => [
  make('dt', { className: isTotal ? 'total-name' : '' }, name),
  make('dd', { className: isTotal ? 'total' : '' }, value),
];

const spanOf = ({ min, max }: { min: number; max: number }): string => `${duration(min)} – ${duration(max)}`;
