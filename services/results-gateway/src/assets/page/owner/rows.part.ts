import type { StatusJson } from '../data/answer';
import { isRetryable, isSettled } from '../data/row';
import { counted, dollars } from '../data/text';
import { attributes, make } from '../view/dom';
import { AppendForm } from './append.form';
import { confirm } from './confirm.dialog';
import type { Cancelled, Deleted } from './owner.answers';
import type { OwnerClient } from './owner.client';

export interface RowsListener {
  /** All rows without an answer, or the group itself when nothing moves. */
  retry(): void;
  /** Said in the panel and to screen readers. */
  say(text: string): void;
  /** The group is gone for everybody. */
  deleted(): void;
}

/** What an owner may do to the rows of a group, and to the group. */
export class RowsPart {
  readonly element = make('div', { className: 'owner-part' });
  private readonly retryText = make('p');
  private readonly retryButton = make('button', { type: 'button', className: 'button' });
  private readonly cancelText = make('p');
  private readonly cancelButton = make('button', { type: 'button', className: 'button' }, 'Cancel what waits…');
  private status: StatusJson | undefined;

  constructor(
    private readonly client: OwnerClient,
    private readonly commandPath: string,
    usdPerRow: number | undefined,
    private readonly listener: RowsListener,
  ) {
    const append = new AppendForm(client, `${commandPath}/runs`, priceHint(usdPerRow, client.needsKey), (text) =>
      listener.say(text),
    );
    const remove = make('button', { type: 'button', className: 'button grave-line' }, 'Delete this group…');
    remove.onclick = () => this.askToDelete();
    this.retryButton.onclick = () => listener.retry();
    this.cancelButton.onclick = () => this.askToCancel();
    this.element.append(
      part('Add rows', append.element),
      part('Retry', this.retryText, this.retryButton),
      part('Cancel', this.cancelText, this.cancelButton),
      part(
        'Delete',
        make('p', {}, 'Forgets the rows, their answers and this page, at once and for everybody.'),
        remove,
      ),
    );
  }

  draw(status: StatusJson): void {
    this.status = status;
    const { retryable, waiting } = countsOf(status);
    this.retryText.textContent =
      retryable > 0
        ? `${counted(retryable, 'row')} ended without an answer. Run again, each stays in its place; earlier attempts stay visible.`
        : status.blocked
          ? 'Nothing moves at the moment. Your key lets the group go on at once, if it is good.'
          : 'No row ended without an answer.';
    this.retryButton.textContent = retryable > 0 ? `Retry ${counted(retryable, 'row')}…` : 'Try again now…';
    this.retryButton.hidden = retryable === 0 && !status.blocked;
    this.cancelText.textContent =
      waiting > 0
        ? `${counted(waiting, 'row')} not bought yet. What was bought goes on: Parallel cannot stop it.`
        : 'No row waits to be bought.';
    this.cancelButton.hidden = waiting === 0;
  }

  private askToCancel(): void {
    const { waiting, running } = countsOf(this.status!);
    confirm({
      title: 'Cancel what is not bought yet?',
      points: [
        `${counted(waiting, 'row')} that ${waiting === 1 ? 'waits' : 'wait'} will not be bought, and ${waiting === 1 ? 'costs' : 'cost'} nothing.`,
        `${counted(running, 'row')} under way ${running === 1 ? 'goes' : 'go'} on and ${running === 1 ? 'is' : 'are'} charged: Parallel cannot stop a run.`,
        'Cancelled rows stay on this page and can be retried.',
      ],
      act: 'Cancel them',
      keep: 'Keep them',
      doIt: async () => {
        const told = await this.client.ask<Cancelled>(`${this.commandPath}/cancel`, { method: 'POST' });
        if (!told.isGood) return told.fault;
        this.listener.say(told.value.detail);
        return undefined;
      },
    });
  }

  private askToDelete(): void {
    const { answered, total, running } = countsOf(this.status!);
    confirm({
      title: 'Delete this group for ever?',
      points: [
        `${counted(total, 'row')} with ${counted(answered, 'answer')}, their reasoning and their sources are lost. Nobody can bring them back.`,
        'This page, every download and every link to them say «gone» from then on, to everybody.',
        'Webhooks that were not delivered yet are not sent any more.',
        ...(running > 0
          ? [`${counted(running, 'row')} under way ${running === 1 ? 'is' : 'are'} charged all the same.`]
          : []),
        'Parallel keeps its own copy of runs that were bought.',
      ],
      act: `Delete ${counted(total, 'row')}`,
      keep: 'Keep it',
      isGrave: true,
      doIt: async () => {
        const told = await this.client.ask<Deleted>(this.commandPath, { method: 'DELETE' });
        if (!told.isGood) return told.fault;
        if (told.value.deleted) this.listener.deleted();
        else this.listener.say(told.value.detail);
        return undefined;
      },
    });
  }
}

function countsOf({ task_run_status_counts: counts, num_task_runs: total }: StatusJson) {
  const sum = (is: (status: string) => boolean) =>
    Object.entries(counts).reduce((all, [status, count]) => all + (is(status) ? count : 0), 0);
  const waiting = counts.queued ?? 0;
  return {
    total,
    waiting,
    answered: counts.completed ?? 0,
    retryable: sum(isRetryable),
    running: sum((status) => !isSettled(status)) - waiting,
  };
}

const priceHint = (usd: number | undefined, isCharged: boolean): string =>
  usd === undefined ? '' : `${dollars(usd)} a row by the list price${isCharged ? '' : '; nothing is charged here'}.`;

const part = (title: string, ...children: Node[]): HTMLElement => {
  const heading = make('h3', {}, title);
  return attributes(make('section', { className: 'owner-section' }, heading, ...children), { 'aria-label': title });
};
