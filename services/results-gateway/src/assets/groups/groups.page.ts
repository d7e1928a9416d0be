import { isSettled } from '../page/data/row';
import { counted } from '../page/data/text';
import { keptKey } from '../page/owner/kept.key';
import { OwnerClient } from '../page/owner/owner.client';
import { timeOf } from '../page/owner/time';
import { progressRects } from '../page/view/bar';
import { byId, make } from '../page/view/dom';

interface ListedGroup {
  readonly taskgroup_id: string;
  readonly title: string | null;
  readonly processor: string;
  readonly num_inputs: number;
  readonly is_active: boolean;
  readonly status_counts: Readonly<Record<string, number>>;
  readonly created_at: string;
  readonly expires_at: string | null;
}

interface GroupList {
  readonly groups: readonly ListedGroup[];
  readonly next_cursor: string | null;
}

const path = '/v1beta/tasks/multitask';

/** Lists the groups made with a key. The key stays in this page's memory alone. */
export class GroupsPage {
  private readonly form = byId<HTMLFormElement>('ask');
  private readonly key = byId<HTMLInputElement>('key');
  private readonly button = byId<HTMLButtonElement>('show');
  private readonly fault = byId('fault');
  private readonly list = byId('groups');
  private readonly about = byId('about');
  private readonly more = byId<HTMLButtonElement>('more');
  private readonly client = new OwnerClient(true);
  private cursor: string | null = null;

  async start(): Promise<void> {
    this.form.addEventListener('submit', (event) => {
      event.preventDefault();
      void this.submit();
    });
    this.more.addEventListener('click', () => void this.load());
    this.button.disabled = false;
    this.key.value ||= keptKey();
    if (this.key.value !== '') return this.submit();
    const limits = await this.client.ask<{ key_required: boolean }>(`${path}/limits`);
    // Where nobody needs a key, those made without one are shown at once.
    if (limits.isGood && !limits.value.key_required && !this.client.hasKey) await this.load();
  }

  private async submit(): Promise<void> {
    const key = this.key.value.trim();
    if (key === '') {
      this.say('Enter the API key the groups were made with.');
      return this.key.focus();
    }
    this.client.remember(key);
    this.cursor = null;
    this.list.replaceChildren();
    this.more.hidden = true;
    this.about.textContent = '';
    this.button.disabled = true;
    this.button.textContent = 'Asking…';
    await this.load();
    this.button.disabled = false;
    this.button.textContent = 'Show my groups';
  }

  private async load(): Promise<void> {
    this.more.disabled = true;
    const query = this.cursor === null ? '' : `?cursor=${encodeURIComponent(this.cursor)}`;
    const told = await this.client.ask<GroupList>(`${path}${query}`);
    this.more.disabled = false;
    this.say(told.isGood ? '' : told.fault);
    if (!told.isGood) return;
    const { groups, next_cursor } = told.value;
    this.list.append(...groups.map(card));
    this.cursor = next_cursor;
    this.more.hidden = next_cursor === null;
    const count = this.list.childElementCount;
    this.about.textContent =
      count === 0
        ? 'No group was made with this key, or their time is over.'
        : next_cursor === null
          ? counted(count, 'group')
          : `The newest ${counted(count, 'group')}`;
  }

  private say(text: string): void {
    this.fault.textContent = text;
    this.fault.hidden = text === '';
  }
}

function card(group: ListedGroup): HTMLElement {
  const { taskgroup_id: id, title, processor, num_inputs: total, status_counts: counts, is_active } = group;
  const done = Object.entries(counts).reduce((sum, [status, count]) => sum + (isSettled(status) ? count : 0), 0);
  const unanswered = done - (counts.completed ?? 0);
  const facts = [
    is_active ? `${done.toLocaleString('en')} of ${counted(total, 'row')} done` : counted(total, 'row'),
    ...(unanswered > 0 ? [`${unanswered.toLocaleString('en')} without an answer`] : []),
    processor,
  ];
  const bar = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  bar.setAttribute('viewBox', '0 0 1000 10');
  bar.setAttribute('preserveAspectRatio', 'none');
  bar.setAttribute('aria-hidden', 'true');
  bar.append(...progressRects(counts, total));
  return make(
    'li',
    {},
    make('a', { href: `/${id}`, className: 'group-title' }, title ?? id),
    make('div', { className: 'bar' }, bar),
    make(
      'p',
      { className: 'group-facts' },
      make('span', {}, facts.join(' · ')),
      make('span', {}, 'created ', timeOf(group.created_at)),
      group.expires_at !== null && make('span', {}, `kept until ${group.expires_at.slice(0, 10)}`),
    ),
  );
}
