import { make } from './dom';
import { cellText, type Json } from './words';

/** Rows that are shown here; all of them are on the page of the result. */
const shownRows = 6;
const shownColumns = 5;
/** Quick while something may happen any second, slower the longer it takes. */
const pauses = { first: 700, longest: 5_000, growth: 1.25 };

interface Result {
  readonly status: {
    readonly num_task_runs: number;
    readonly is_active: boolean;
    readonly status_message: string;
    readonly task_run_status_counts: Readonly<Record<string, number>>;
  };
  readonly results: readonly { readonly [name: string]: Json }[];
}

const settledStatuses = ['completed', 'failed', 'rejected', 'cancelled', 'action_required'];

/** The first rows of a group as they are answered: asked again and again, and not at all while nobody looks. */
export class LiveRows {
  private readonly message = make('p', { className: 'number', role: 'status' }, 'Starting…');
  private readonly bar = make('progress', { max: 1, value: 0, ariaLabel: 'Rows done' });
  private readonly table = make('div', {
    className: 'scroller',
    tabIndex: 0,
    role: 'region',
    ariaLabel: 'First answers',
  });
  readonly element = make('div', { className: 'progress' }, this.message, this.bar, this.table);
  private timer: ReturnType<typeof setTimeout> | undefined;
  private isStopped = false;
  private etag: string | null = null;

  constructor(private readonly id: string) {
    this.table.hidden = true;
  }

  start(): void {
    void this.look(pauses.first);
  }

  stop(): void {
    this.isStopped = true;
    clearTimeout(this.timer);
  }

  private async look(pause: number): Promise<void> {
    const result = document.hidden ? undefined : await this.ask().catch(() => undefined);
    if (this.isStopped) return;
    if (result) this.show(result);
    if (result && !result.status.is_active) return;
    this.timer = setTimeout(() => void this.look(Math.min(pause * pauses.growth, pauses.longest)), pause);
  }

  private async ask(): Promise<Result | undefined> {
    const answer = await fetch(`/${this.id}.json?limit=${shownRows}&basis=none`, {
      headers: { accept: 'application/json', ...(this.etag !== null && { 'if-none-match': this.etag }) },
    });
    // Somebody forgot the group: nothing more will come.
    if (answer.status === 410) this.stop();
    if (!answer.ok) return undefined;
    this.etag = answer.headers.get('etag');
    return (await answer.json()) as Result;
  }

  private show({ status, results }: Result): void {
    const done = settledStatuses.reduce((sum, name) => sum + (status.task_run_status_counts[name] ?? 0), 0);
    if (this.message.textContent !== status.status_message) this.message.textContent = status.status_message;
    this.bar.max = status.num_task_runs;
    this.bar.value = done;
    const names = [...new Set(results.flatMap((row) => Object.keys(row)))].filter((name) => !/^\$[^$]/.test(name));
    const columns = names.slice(0, shownColumns);
    const head = make('tr', {}, make('th', { scope: 'col' }, 'Status'));
    head.append(...columns.map((name) => make('th', { scope: 'col' }, name)));
    const lines = results.map((row) =>
      make(
        'tr',
        { className: String(row.$status).replace(/[^a-z_]/g, '') },
        make('th', { scope: 'row' }, make('span', { className: 'dot' }), cellText(row.$status).replace('_', ' ')),
        ...columns.map((name) =>
          make(
            'td',
            {},
            make('span', { className: 'cell' }, cellText(Object.hasOwn(row, name) ? row[name] : undefined)),
          ),
        ),
      ),
    );
    this.table.replaceChildren(make('table', {}, make('thead', {}, head), make('tbody', {}, ...lines)));
    this.table.hidden = results.length === 0;
  }
}
