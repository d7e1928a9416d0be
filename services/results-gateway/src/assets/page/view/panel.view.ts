import type { Basis, RunAnswer } from '../data/answer';
import type { Columns } from '../data/columns';
import { flatName, isRetryable, wordOf, type Confidence, type Fields, type Json, type Row } from '../data/row';
import { basisPart } from './basis.view';
import { confidenceMark } from './cells.view';
import { documentView } from './document.view';
import { attributes, dot, make } from './dom';
import { wholeValue } from './value.view';

export interface PanelListener {
  closed(): void;
  /** The row before or after in the order that is shown. */
  step(by: 1 | -1): void;
  retry(row: Row): void;
  /** Whether a retry could be ordered at all. */
  mayRetry(): boolean;
}

/** Under this width the panel covers the page and is a dialog of its own. */
const narrow = matchMedia('(max-width: 760px)');

/** One row in full beside the table: values, how sure they are, why, and where it was found. */
export class PanelView {
  private readonly title = make('h2', { id: 'panel-title', tabIndex: -1 });
  private readonly content = make('div', { className: 'panel-content' });
  private readonly previous = stepButton('↑', 'The row above', () => this.listener.step(-1));
  private readonly following = stepButton('↓', 'The row below', () => this.listener.step(1));
  private readonly element = make('dialog', { id: 'panel', className: 'panel' });
  private row: Row | undefined;
  private answer: RunAnswer | undefined;
  private asking = 0;

  constructor(
    private readonly groupPath: string,
    private readonly columns: Columns,
    private readonly entered: ReadonlySet<string>,
    /** Answers of this group have no schema: as far as is known, they are texts. */
    private readonly givesTexts: boolean,
    private readonly listener: PanelListener,
  ) {
    const close = make('button', { type: 'button', className: 'icon', onclick: () => this.close() }, '✕');
    attributes(close, { 'aria-label': 'Close' });
    this.element.append(
      make(
        'div',
        { className: 'panel-head' },
        this.title,
        make('div', { className: 'panel-tools' }, this.previous, this.following, close),
      ),
      this.content,
    );
    attributes(this.element, { 'aria-labelledby': 'panel-title' });
    this.element.addEventListener('close', () => this.whenClosed());
    this.element.addEventListener('keydown', (event) => this.key(event));
    document.body.append(this.element);
    narrow.addEventListener('change', () => this.show());
  }

  get openRow(): number | undefined {
    return this.row?.row;
  }

  /** `focus`: the reader is taken there. */
  open(row: Row, edges: { isFirst: boolean; isLast: boolean }, focus: boolean): void {
    const isOther = this.row?.row !== row.row || this.row.runId !== row.runId;
    const isChanged = this.row !== row;
    this.row = row;
    this.previous.disabled = edges.isFirst;
    this.following.disabled = edges.isLast;
    if (isOther) {
      this.answer = undefined;
      this.content.scrollTop = 0;
    }
    if (isChanged) {
      this.draw();
      void this.ask();
    }
    if (!this.element.open) this.show();
    if (focus) this.title.focus({ preventScroll: true });
  }

  close(): void {
    this.element.close();
  }

  private show(): void {
    if (!this.row) return;
    const hadFocus = this.element.contains(document.activeElement);
    this.element.removeAttribute('open');
    if (narrow.matches) this.element.showModal();
    else this.element.show();
    if (hadFocus) this.title.focus();
    document.body.classList.add('beside');
  }

  private whenClosed(): void {
    if (this.element.open) return;
    this.row = undefined;
    document.body.classList.remove('beside');
    this.listener.closed();
  }

  private key(event: KeyboardEvent): void {
    if (event.key === 'Escape') this.close();
    else if (event.altKey && event.key === 'ArrowDown') this.listener.step(1);
    else if (event.altKey && event.key === 'ArrowUp') this.listener.step(-1);
    else return;
    event.preventDefault();
  }

  /** Reasoning and sources are not among what the table has. */
  private async ask(): Promise<void> {
    const row = this.row!;
    const turn = ++this.asking;
    if (row.runId === null) return;
    const answer = await fetch(`${this.groupPath}/runs/${row.runId}.json`).catch(() => undefined);
    if (turn !== this.asking || this.row?.runId !== row.runId) return;
    if (!answer?.ok)
      return this.draw('Reasoning and sources could not be loaded. Open the row again to try once more.');
    this.answer = (await answer.json()) as RunAnswer;
    if (turn === this.asking) this.draw();
  }

  private draw(fault?: string): void {
    const row = this.row!;
    this.title.textContent = `Row ${row.row + 1}`;
    this.content.replaceChildren(
      ...[
        this.stateLine(row),
        row.reason !== null && this.failure(row),
        fault !== undefined && make('p', { className: 'notice' }, fault),
        ...this.fields(row),
        this.earlier(),
      ].filter((part) => part instanceof Node),
    );
  }

  private stateLine(row: Row): HTMLElement {
    const seconds = this.answer?.timing.seconds ?? null;
    const line = make('p', { className: `panel-state ${row.status}` });
    line.append(make('span', { className: 'status' }, dot(), wordOf(row.status)));
    if (row.attempt > 1) line.append(make('span', {}, `attempt ${row.attempt}`));
    if (seconds !== null) line.append(make('span', {}, `${seconds.toLocaleString('en')} s`));
    if (row.runId) line.append(make('a', { href: `${this.groupPath}/runs/${row.runId}` }, 'Own page'));
    return line;
  }

  private failure(row: Row): HTMLElement {
    const retry =
      isRetryable(row.status) &&
      this.listener.mayRetry() &&
      make(
        'button',
        { type: 'button', className: 'button', onclick: () => this.listener.retry(row) },
        'Retry this row',
      );
    return make('div', { className: 'notice failure' }, make('p', {}, row.reason ?? ''), retry);
  }

  /** In the order of the columns: what was asked, then what was answered. */
  private fields(row: Row): HTMLElement[] {
    const result = this.answer?.result ?? row.result;
    const names = [...new Set([...this.columns.all.map(({ name }) => name), ...Object.keys(result)])];
    const basis = Map.groupBy(this.answer?.basis ?? [], ({ field }) => columnOf(field, result));
    const there = names.filter((name) => name !== '$id' && name !== '$status' && Object.hasOwn(result, name));
    // What an answer took the name of is an answer; what was entered under it is in `$input`.
    const isAnswer = (name: string) => !this.entered.has(name) || Object.hasOwn(inputsOf(result), name);
    const given = there.filter((name) => !isAnswer(name) || name === '$input');
    const answers = there.filter((name) => isAnswer(name) && name !== '$input');
    return [
      ...(given.length > 0 ? [givenPart(given.map((name) => [name, result[name]!] as const))] : []),
      ...answers.map((name) => this.field(name, result[name]!, row.confidence.get(name), basis.get(name) ?? [])),
    ];
  }

  private field(name: string, value: Json, level: Confidence | undefined, basis: readonly Basis[]): HTMLElement {
    const head = make('h3', {}, name);
    if (level) head.append(make('span', { className: 'sure' }, confidenceMark(level), `${level} confidence`));
    // The mark's own words stand beside it.
    head.querySelector('.confidence')?.setAttribute('aria-hidden', 'true');
    return make(
      'section',
      { className: 'field' },
      head,
      make('div', { className: 'field-value' }, this.isDocument(name, value) ? documentView(value) : wholeValue(value)),
      basisPart(basis),
    );
  }

  /** An output that is a text is Markdown. Until the run itself is here, the group tells whether it gives such. */
  private isDocument(name: string, value: Json): value is string {
    if (name !== 'output' || typeof value !== 'string') return false;
    const type = this.answer?.output?.type;
    return type === undefined ? this.givesTexts : type === 'text';
  }

  private earlier(): HTMLElement | null {
    const previous = this.answer?.previous ?? [];
    if (previous.length === 0) return null;
    const lines = previous.map((run) =>
      make(
        'li',
        { className: run.status },
        make('a', { href: `${this.groupPath}/runs/${run.run_id}`, className: 'status' }, dot(), wordOf(run.status)),
        run.error?.message ? make('span', { className: 'reason' }, run.error.message) : null,
      ),
    );
    return make('section', { className: 'earlier' }, make('h3', {}, 'Earlier attempts'), make('ul', {}, ...lines));
  }
}

const inputsOf = (result: Fields): object => (typeof result.$input === 'object' && result.$input) || {};

/** What was asked, together and small: the answers are what one came for. */
const givenPart = (entries: readonly (readonly [string, Json])[]): HTMLElement =>
  make(
    'section',
    { className: 'given' },
    ...entries.map(([name, value]) =>
      make(
        'div',
        { className: 'value-field' },
        make('h3', { className: 'value-name' }, name),
        make('div', {}, wholeValue(value)),
      ),
    ),
  );

/** `founders.0` is about the column `founders`, unless a column has that very name. */
const columnOf = (field: string, result: Readonly<Record<string, Json>>): string =>
  Object.hasOwn(result, flatName(field)) ? flatName(field) : flatName(field.split('.', 1)[0]!);

function stepButton(sign: string, label: string, onclick: () => void): HTMLButtonElement {
  return attributes(make('button', { type: 'button', className: 'icon', onclick }, sign), { 'aria-label': label });
}
