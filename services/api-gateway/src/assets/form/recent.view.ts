import { byId, make } from './dom';
import { agoText, readRecent, withGroup, withoutGroup, type RecentGroup } from './recent.list';
import { counted } from './words';

const place = 'multitask.recent';
/** Groups whose state is asked for when the page opens. */
const asked = 6;

/** The groups that were started in this browser: kept here alone, and forgotten one by one or all at once. */
export class RecentView {
  private readonly section = byId('recent');
  private groups = readRecent(stored());

  start(): void {
    this.draw();
    for (const { id } of this.groups.slice(0, asked)) void this.look(id);
  }

  add(group: RecentGroup): void {
    // Another tab may have added one.
    this.keep(withGroup(readRecent(stored()), group));
  }

  private keep(groups: RecentGroup[]): void {
    this.groups = groups;
    try {
      if (groups.length > 0) localStorage.setItem(place, JSON.stringify(groups));
      else localStorage.removeItem(place);
    } catch {
      // A browser that keeps nothing: the list is of this page alone.
    }
    this.draw();
  }

  private draw(): void {
    this.section.hidden = this.groups.length === 0;
    const clear = make('button', { type: 'button', className: 'link' }, 'Forget all');
    clear.addEventListener('click', () => this.keep([]));
    const head = make(
      'div',
      { className: 'bar' },
      make('h2', { id: 'recent-title' }, 'Started in this browser'),
      clear,
    );
    this.section.replaceChildren(head, make('ul', {}, ...this.groups.map((group) => this.line(group))));
  }

  private line({ id, title, rows, at }: RecentGroup): HTMLElement {
    const remove = make('button', { type: 'button', className: 'icon', ariaLabel: `Forget ${title}` }, '✕');
    remove.addEventListener('click', () => this.keep(withoutGroup(this.groups, id)));
    const state = make('span', { className: 'quiet state' }, counted(rows, 'row'));
    state.dataset.group = id;
    return make(
      'li',
      {},
      make('a', { href: `/${id}` }, title),
      state,
      make('span', { className: 'quiet when' }, agoText(Date.now() - at)),
      remove,
    );
  }

  private async look(id: string): Promise<void> {
    const answer = await fetch(`/${id}/status`, { headers: { accept: 'application/json' } }).catch(() => undefined);
    const state = this.section.querySelector(`[data-group="${id}"]`);
    if (!answer || !state) return;
    if (answer.status === 404 || answer.status === 410) state.textContent = 'gone';
    if (!answer.ok) return;
    const { status } = (await answer.json().catch(() => ({}))) as {
      status?: { num_task_runs: number; is_active: boolean; task_run_status_counts: Record<string, number> };
    };
    if (!status) return;
    const done = status.task_run_status_counts.completed ?? 0;
    state.textContent = status.is_active
      ? `${done} of ${counted(status.num_task_runs, 'row')}, running`
      : `${counted(status.num_task_runs, 'row')}, done`;
  }
}

function stored(): string | null {
  try {
    return localStorage.getItem(place);
  } catch {
    return null;
  }
}
