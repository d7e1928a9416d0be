import type { Columns } from '../data/columns';
import { wordOf } from '../data/row';
import { statusOrder, type Wish } from '../data/row.order';
import { attributes, byId, dot, make } from './dom';

export interface ToolbarListener {
  wish(change: Partial<Wish>): void;
  columnsChanged(): void;
}

/** Between the last letter and the search: nobody waits for it, and no letter is searched for alone. */
const typingMs = 120;

/** Search, the counts as filters, and the menu of columns. */
export class ToolbarView {
  private readonly search = byId<HTMLInputElement>('search');
  private readonly counts = byId('counts');
  private readonly menu = byId<HTMLDetailsElement>('columns');
  private readonly list = make('div', { className: 'menu-list columns' });
  private shownCounts = '';

  constructor(
    private readonly columns: Columns,
    private readonly listener: ToolbarListener,
  ) {
    let timer: ReturnType<typeof setTimeout> | undefined;
    this.search.disabled = false;
    this.search.addEventListener('input', () => {
      clearTimeout(timer);
      timer = setTimeout(() => listener.wish({ search: this.search.value }), typingMs);
    });
    this.menu.append(this.list);
    document.addEventListener('keydown', (event) => {
      const isTyping = event.target instanceof HTMLInputElement || event.target instanceof HTMLSelectElement;
      if (event.key !== '/' || isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      this.search.focus();
    });
  }

  /** All rows and each status with rows, as buttons that choose what is seen. */
  drawCounts(counts: Readonly<Record<string, number>>, total: number, chosen: string | null): void {
    const present = statusOrder.filter((status) => counts[status] || status === chosen);
    const shown = JSON.stringify([present.map((status) => counts[status]), present, total, chosen]);
    if (shown === this.shownCounts) return;
    this.shownCounts = shown;
    const focused = (document.activeElement as HTMLElement | null)?.dataset.status;
    const chip = (status: string | null, ...children: (Node | string)[]) => {
      const button = make('button', {
        type: 'button',
        className: 'chip',
        onclick: () => this.listener.wish({ status: status === chosen ? null : status }),
      });
      button.append(...children);
      button.dataset.status = status ?? 'all';
      return make('li', { className: status ?? '' }, attributes(button, { 'aria-pressed': String(status === chosen) }));
    };
    const number = (count: number) => make('b', {}, count.toLocaleString('en'));
    this.counts.replaceChildren(
      chip(null, 'all ', number(total)),
      ...present.map((status) => chip(status, dot(), `${wordOf(status)} `, number(counts[status] ?? 0))),
    );
    if (focused) this.counts.querySelector<HTMLElement>(`[data-status="${CSS.escape(focused)}"]`)?.focus();
  }

  drawColumns(sort: Wish['sort']): void {
    const choices = this.columns.all.map((column) => {
      const box = make('input', { type: 'checkbox', checked: !column.hidden });
      box.addEventListener('change', () => {
        column.hidden = !box.checked;
        this.columns.keep();
        this.listener.columnsChanged();
      });
      return make('label', { className: 'choice' }, box, make('span', {}, column.name));
    });
    this.list.replaceChildren(this.sorting(sort), make('div', { className: 'choices' }, ...choices));
  }

  /** On a phone there are no heads to click. */
  private sorting(sort: Wish['sort']): HTMLElement {
    const option = (value: string, text: string) => make('option', { value }, text);
    const select = make(
      'select',
      {},
      option('', 'as entered'),
      option('$status', 'Status'),
      ...this.columns.all.map(({ name }) => option(`=${name}`, name)),
    );
    attributes(select, { 'aria-label': 'Order by' });
    select.value = sort === null ? '' : sort.column === '$status' ? '$status' : `=${sort.column}`;
    select.addEventListener('change', () => {
      const column = select.value.replace(/^=/, '');
      this.listener.wish({ sort: column === '' ? null : { column, descending: false } });
    });
    return make('label', { className: 'sorting' }, 'Order by', select);
  }
}
