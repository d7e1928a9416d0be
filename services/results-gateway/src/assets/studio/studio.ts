import { attributes, byId, make } from '../page/view/dom';
import { ChartView } from './chart.view';
import { Editor } from './editor.view';
import { examplesFor, type Example } from './examples';
import { Freshness } from './freshness';
import { GridView } from './grid.view';
import type { Cell, Opened, Ran } from './messages';
import { drawSchema } from './schema.view';
import { SqlEngine } from './sql.engine';

export interface StudioData {
  readonly taskgroup_id: string;
  readonly file: string;
  readonly worker: string;
  readonly engine: { readonly address: string; readonly integrity: string };
}

/** What the page shows and what happens when. */
export class Studio {
  private readonly engine: SqlEngine;
  private readonly editor: Editor;
  private readonly grid: GridView;
  private readonly chart: ChartView;
  private readonly said = byId('said');
  private readonly run = byId<HTMLButtonElement>('run');
  private readonly stop = byId<HTMLButtonElement>('stop');
  private tab: 'table' | 'chart' = 'table';
  private last: { readonly sql: string; readonly ran: Ran } | undefined;
  private work: Promise<unknown> = Promise.resolve();

  constructor(private readonly data: StudioData) {
    this.engine = new SqlEngine(data.worker, data.engine);
    this.editor = new Editor(byId<HTMLTextAreaElement>('sql'), byId('paint'), () => void this.ask(this.editor.sql));
    this.grid = new GridView(byId('grid'), {
      rows: (from, to) => this.engine.ask('rows', { from, to }).catch(() => []),
      show: (column, value) => this.showValue(column, value),
    });
    this.chart = new ChartView(byId('chart'), (asked) => this.engine.ask('chart', asked));
    this.run.addEventListener('click', () => void this.ask(this.editor.sql));
    this.stop.addEventListener('click', () => void this.halt());
    for (const tab of ['table', 'chart'] as const)
      byId(`tab-${tab}`).addEventListener('click', () => void this.choose(tab));
    byId('tabs').addEventListener('keydown', (event) => {
      if (event.key !== 'ArrowLeft' && event.key !== 'ArrowRight') return;
      const other = this.tab === 'table' ? 'chart' : 'table';
      void this.choose(other);
      byId(`tab-${other}`).focus();
    });
    for (const format of ['csv', 'json'] as const)
      byId(`save-${format}`).addEventListener('click', () => void this.save(format));
  }

  async start(): Promise<void> {
    const isNarrow = matchMedia('(max-width: 900px)').matches;
    for (const part of document.querySelectorAll<HTMLDetailsElement>('.studio-side > details')) part.open = !isNarrow;
    const freshness = new Freshness(this.data.file, {
      take: (file) => this.take(file),
      failed: (message) => this.say(message, true),
    });
    await freshness.start();
  }

  /** A file, the first one or a newer one: what was asked last is asked again. */
  private take(file: ArrayBuffer): Promise<Opened> {
    const taken = this.work.then(async () => {
      const opened = await this.engine.open(file);
      drawSchema(byId('tables'), opened.tables, {
        insert: (text) => this.editor.insert(text),
        show: (sql) => void this.example({ title: '', sql }),
      });
      const examples = examplesFor(opened.tables);
      this.drawExamples(examples);
      this.run.disabled = false;
      if (!this.last && this.editor.isEmpty) this.editor.write(examples[0]!.sql);
      return opened;
    });
    this.work = taken.catch(() => undefined);
    return taken.then(async (opened) => {
      await this.ask(this.last?.sql ?? this.editor.sql, this.last !== undefined);
      return opened;
    });
  }

  private drawExamples(examples: readonly Example[]): void {
    const list = byId('examples');
    const titles = examples.map(({ title }) => title).join('\n');
    // A click must not miss because the file was exchanged under the finger.
    if (list.dataset.titles === titles) return;
    list.dataset.titles = titles;
    list.replaceChildren(
      ...examples.map((example) => {
        const button = make('button', { type: 'button', className: 'example', textContent: example.title });
        button.addEventListener('click', () => void this.example(example));
        return make('li', {}, button);
      }),
    );
  }

  private async example({ sql, chart = false }: Example): Promise<void> {
    this.editor.write(sql);
    this.mark(chart ? 'chart' : 'table');
    await this.ask(sql);
  }

  private ask(sql: string, again = false): Promise<void> {
    const asked = this.work.then(async () => {
      this.run.hidden = true;
      this.stop.hidden = false;
      if (!again) this.say('Running…');
      try {
        const ran = await this.engine.ask('run', { sql });
        const stay = this.last?.sql === sql && this.last.ran.columns.join('\n') === ran.columns.join('\n');
        this.last = { sql, ran };
        this.say(summaryOf(ran));
        byId('answer').hidden = false;
        await this.draw(stay);
      } catch (error) {
        this.say((error as Error).message, true);
      } finally {
        this.run.hidden = false;
        this.stop.hidden = true;
      }
    });
    this.work = asked;
    return asked;
  }

  /** The answer from before is gone with its thread. */
  private async halt(): Promise<void> {
    byId('answer').hidden = true;
    await this.engine.stop().catch((error: Error) => this.say(error.message, true));
  }

  private async choose(tab: 'table' | 'chart'): Promise<void> {
    this.mark(tab);
    await this.draw(true);
  }

  private mark(tab: 'table' | 'chart'): void {
    this.tab = tab;
    for (const one of ['table', 'chart'] as const) {
      const isThis = one === tab;
      attributes(byId(`tab-${one}`), { 'aria-selected': String(isThis), tabindex: isThis ? '0' : '-1' });
    }
    byId('grid').hidden = tab !== 'table';
    byId('chart').hidden = tab !== 'chart';
  }

  private async draw(stay: boolean): Promise<void> {
    if (!this.last) return;
    await (this.tab === 'table' ? this.grid : this.chart).draw(this.last.ran, stay);
  }

  private say(text: string, isFault = false): void {
    this.said.textContent = text;
    this.said.classList.toggle('fault', isFault);
  }

  private async save(format: 'csv' | 'json'): Promise<void> {
    byId<HTMLDetailsElement>('save').open = false;
    if (!this.last) return;
    const text = await this.engine.ask('write', { format });
    const url = URL.createObjectURL(
      new Blob([format === 'csv' ? '\uFEFF' : '', text], { type: format === 'csv' ? 'text/csv' : 'application/json' }),
    );
    make('a', { href: url, download: `${this.data.taskgroup_id}-answer.${format}` }).click();
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
  }

  private showValue(column: string, value: Cell): void {
    const box = byId<HTMLDialogElement>('value');
    byId('value-name').textContent = column;
    byId('value-text').textContent = pretty(value);
    box.showModal();
  }
}

function summaryOf({ columns, rows, isCut, ms, changed }: Ran): string {
  const time = ms < 1_000 ? `${Math.max(1, Math.round(ms))} ms` : `${(ms / 1_000).toFixed(1)} s`;
  if (columns.length === 0)
    return changed > 0
      ? `${changed.toLocaleString('en')} rows changed in this copy, in ${time}`
      : `Done in ${time}, no rows`;
  const count = `${rows.toLocaleString('en')} ${rows === 1 ? 'row' : 'rows'}`;
  return isCut ? `The first ${count}, in ${time}. There are more: narrow the question.` : `${count} in ${time}`;
}

function pretty(value: Cell): string {
  if (value === null) return 'null';
  const text = String(value);
  if (!/^\s*[[{]/.test(text)) return text;
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
