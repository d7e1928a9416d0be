import type { Answer, Cost, PageData, StatusJson } from './data/answer';
import { Columns } from './data/columns';
import { LargeOutputs } from './data/large.outputs';
import { isRetryable, rowsOfAnswer, type Row } from './data/row';
import { RowLoader } from './data/row.loader';
import type { Wish } from './data/row.order';
import { RowStore } from './data/row.store';
import { counted } from './data/text';
import { applyFrame, type GroupListener } from './live/group.frames';
import { GroupStream, type StreamState } from './live/group.stream';
import { OwnerClient } from './owner/owner.client';
import { OwnerDrawer } from './owner/owner.drawer';
import { BannerView } from './view/banner.view';
import { atMostEvery, byId } from './view/dom';
import { HeadView } from './view/head.view';
import { OpenRow } from './view/open.row';
import { PanelView } from './view/panel.view';
import { RetryDialog } from './view/retry.dialog';
import { RowChoice } from './view/row.choice';
import { RowKeys } from './view/row.keys';
import { RowsView } from './view/rows.view';
import { StatusView } from './view/status.view';
import { ToolbarView } from './view/toolbar.view';

/** Counts and bar this often at most; the rows themselves come with each frame. */
const statusMs = 250;
/** Cost and expiry are asked for this often at most. */
const factsMs = 10_000;
/** A hidden page of a group that is done gives its connection back after this: browsers have six for each origin. */
const hiddenMs = 30_000;

const farewell = 'What you see is not stored any more and goes when you leave this page.';

/** Everything on the page of a group, and what each part tells the others. */
export class ResultPage implements GroupListener {
  private readonly path: string;
  private readonly store: RowStore;
  private readonly columns: Columns;
  private readonly rows: RowsView;
  private readonly choice: RowChoice;
  private readonly head: HeadView;
  private readonly toolbar: ToolbarView;
  private readonly panel: PanelView;
  private readonly open: OpenRow;
  private readonly progress: StatusView;
  private readonly banner: BannerView;
  private readonly retry: RetryDialog;
  private readonly owner: OwnerDrawer;
  private readonly stream: GroupStream;
  private now: StatusJson;
  private isGone = false;

  constructor(private readonly data: PageData) {
    const id = data.taskgroup_id;
    const box = byId('table');
    const table = byId<HTMLTableElement>('rows');
    this.path = `/${id}`;
    this.now = data.status;
    const count = data.partial ? data.results.length : data.status.num_task_runs;
    this.store = new RowStore(count, (row) => this.rowChanged(row));
    const loader = new RowLoader(this.store, this.path, () => this.rowsLoaded());
    const large = new LargeOutputs((row) => this.store.put(row));
    this.columns = new Columns(data.columns, data.partial, storage(), `columns ${id}`);
    this.banner = new BannerView(data.notice ?? null);
    this.progress = new StatusView(data.status);
    this.head = new HeadView(table, this.columns, {
      sort: (column) => this.choice.sortBy(column),
      resized: () => this.rows.draw(),
    });
    this.panel = new PanelView(this.path, this.columns, new Set(data.entered), data.output_schema === null, {
      closed: () => this.open.closed(),
      step: (by) => this.open.step(by),
      retry: ({ row }) => this.retry.open({ rows: [row], count: 1 }),
      mayRetry: () => !this.isGone,
    });
    this.rows = new RowsView(box, table.tBodies[0]!, this.store, this.columns, this.path, {
      wanted: (from, to) => !data.partial && loader.want(from, to),
      large: (row) => large.want(row),
      isOpen: (row) => this.panel.openRow === row,
      activePlace: () => keys.active,
    });
    const keys: RowKeys = new RowKeys(box, this.rows, (place) => this.open.at(place, true));
    this.open = new OpenRow(this.store, this.rows, this.panel, keys);
    const part = data.partial ? data.status.num_task_runs : undefined;
    this.choice = new RowChoice(this.store, this.rows, loader, part, (wish) => this.wishChanged(wish));
    this.toolbar = new ToolbarView(this.columns, {
      wish: (change) => this.choice.change(change),
      columnsChanged: () => this.columnsChanged(),
    });
    const client = new OwnerClient(data.upstream !== 'emulator');
    const usdPerRow = data.usd_per_row ?? undefined;
    this.retry = new RetryDialog(id, client, usdPerRow, (rows) => this.retried(rows));
    this.owner = new OwnerDrawer(id, client, data.status, usdPerRow, {
      retry: () => this.retryAll(),
      deleted: () => this.gone(`This group was deleted by its owner. ${farewell}`),
    });
    this.stream = new GroupStream(`${this.path}.sse`, data.event_id, {
      frame: (frame) => applyFrame(frame, this),
      state: (state, detail) => this.streamState(state, detail),
    });
  }

  start(): void {
    for (const row of rowsOfAnswer(this.data)) this.store.put(row);
    if (!this.data.partial) byId('more').hidden = true;
    byId('retry').addEventListener('click', () => this.retryAll());
    const manage = byId<HTMLButtonElement>('manage');
    manage.disabled = false;
    manage.addEventListener('click', () => this.owner.open());
    this.columnsChanged();
    this.choice.order();
    this.drawStatus();
    this.stream.open();
    this.watchVisibility();
    this.open.fromAddress();
  }

  // What the stream tells

  snapshot(rows: number, group: Answer): void {
    if (!this.data.partial) this.store.forget(rows);
    this.drawFacts(group);
    this.banner.warn(group.warnings);
  }

  row(row: Row): void {
    if (!this.data.partial || this.store.at(row.row)) this.store.put(row);
  }

  status(status: StatusJson): void {
    this.now = status;
    if (!this.data.partial) this.store.grow(status.num_task_runs);
    this.statusSoon();
  }

  completed(): void {
    void this.askFacts();
  }

  expired(reason: string): void {
    this.gone(
      `${reason === 'deleted' ? 'This group was deleted by its owner.' : 'This group has reached the end of its time.'} ${farewell}`,
    );
  }

  notice(message: string | null): void {
    this.banner.tell(message);
  }

  private streamState(state: StreamState, detail: string | undefined): void {
    if (state === 'gone') this.gone(`${detail ?? 'This group is gone.'} ${farewell}`);
    else this.banner.state(state, this.now.is_active);
  }

  private gone(message: string): void {
    if (this.isGone) return;
    this.isGone = true;
    this.stream.end();
    this.banner.end(message);
    this.progress.expired();
    this.owner.end();
    // Whatever was about to be asked or ordered is of no use any more.
    for (const dialog of document.querySelectorAll<HTMLDialogElement>('dialog.ask[open]')) dialog.close();
    document.body.classList.add('gone');
    this.drawStatus();
  }

  // Rows and columns

  private rowChanged(row: Row): void {
    if (this.columns.learn(row.result)) this.columnsSoon();
    if (this.panel.openRow === row.row) this.open.refresh();
    this.rows.draw();
    this.choice.soon();
  }

  private rowsLoaded(): void {
    this.rows.draw();
    this.choice.soon();
  }

  private readonly columnsSoon = atMostEvery(200, () => this.columnsChanged());

  private columnsChanged(): void {
    const { sort } = this.choice.wish;
    this.head.draw(sort);
    this.toolbar.drawColumns(sort);
    this.rows.columnsChanged();
  }

  private wishChanged({ sort }: Wish): void {
    this.head.draw(sort);
    this.toolbar.drawColumns(sort);
    this.drawStatus();
  }

  // How far it is

  private readonly statusSoon = atMostEvery(statusMs, () => {
    this.drawStatus();
    this.factsSoon();
  });

  private readonly factsSoon = atMostEvery(factsMs, () => void this.askFacts());

  private drawStatus(): void {
    const { task_run_status_counts: counts, num_task_runs: total, blocked, is_active: isActive } = this.now;
    if (!this.isGone) this.progress.draw(this.now);
    if (!this.isGone) this.banner.activity(isActive);
    this.toolbar.drawCounts(counts, total, this.choice.wish.status);
    this.owner.draw(this.now);
    const { retryable } = this;
    const button = byId<HTMLButtonElement>('retry');
    button.hidden = this.isGone || (retryable === 0 && blocked === null);
    button.textContent = retryable > 0 ? `Retry ${counted(retryable, 'row')}` : 'Try again now';
    this.rows.draw();
  }

  /** Rows that ended without an answer. */
  private get retryable(): number {
    const counts = Object.entries(this.now.task_run_status_counts);
    return counts.reduce((sum, [status, count]) => sum + (isRetryable(status) ? count : 0), 0);
  }

  private retryAll(): void {
    this.retry.open({ rows: undefined, count: this.retryable });
  }

  private async askFacts(): Promise<void> {
    if (this.isGone) return;
    const answer = await fetch(`${this.path}/status`).catch(() => undefined);
    if (answer?.ok) this.drawFacts((await answer.json()) as { cost: Cost; expires_at: string | null });
  }

  private drawFacts({ cost, expires_at }: { cost: Cost; expires_at?: string | null }): void {
    this.progress.drawCost(cost);
    this.progress.drawExpiry(expires_at ?? null);
  }

  private retried(rows: number): void {
    byId('heard').textContent = rows === 0 ? 'The group is tried again now.' : `${counted(rows, 'row')} run again.`;
    // The rows leave the status they were chosen by.
    if (this.choice.wish.status !== null) this.choice.change({ status: null });
  }

  // The connection

  private watchVisibility(): void {
    let timer: ReturnType<typeof setTimeout> | undefined;
    document.addEventListener('visibilitychange', () => {
      clearTimeout(timer);
      if (!document.hidden) return this.stream.open();
      timer = setTimeout(() => !this.now.is_active && this.stream.rest(), hiddenMs);
    });
    addEventListener('online', () => this.stream.open());
    addEventListener('pageshow', (event) => event.persisted && this.stream.open());
  }
}

/** Forbidden in some browsers' settings; then nothing is remembered. */
function storage(): Storage | undefined {
  try {
    return sessionStorage;
  } catch {
    return undefined;
  }
}
