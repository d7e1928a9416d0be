import { counted, dollars } from '../data/text';
import { keptKey } from '../owner/kept.key';
import { freshName, type OwnerClient } from '../owner/owner.client';
import { attributes, make } from './dom';

export interface RetryChoice {
  /** All rows without an answer when undefined. */
  readonly rows: readonly number[] | undefined;
  readonly count: number;
}

/**
 * Asks for what a retry needs and orders it. A key that is entered here goes with this one request and is not kept; one that was
 * entered to manage the group is not asked for again.
 */
export class RetryDialog {
  private readonly element = make('dialog', { className: 'ask' });
  private readonly text = make('p', {});
  private readonly title = make('h2', { id: 'retry-title' });
  private readonly key = make('input', {
    type: 'password',
    id: 'retry-key',
    autocomplete: 'off',
    spellcheck: false,
    required: true,
  });
  private readonly keyPart = make('div', {}, ...this.keyField());
  private readonly fault = attributes(make('p', { className: 'fault', id: 'retry-fault', hidden: true }), {
    role: 'alert',
  });
  private readonly send = make('button', { type: 'submit', className: 'button strong' }, 'Retry');
  private choice: RetryChoice | undefined;
  /** The same for every try of one retry, so that it is ordered once. */
  private order = '';

  constructor(
    private readonly groupId: string,
    private readonly client: OwnerClient,
    private readonly usdPerRow: number | undefined,
    private readonly done: (count: number) => void,
  ) {
    const form = make('form', { noValidate: true });
    const cancel = make(
      'button',
      { type: 'button', className: 'button', onclick: () => this.element.close() },
      'Cancel',
    );
    form.append(
      this.title,
      this.text,
      this.keyPart,
      this.fault,
      make('div', { className: 'ask-buttons' }, cancel, this.send),
    );
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      void this.submit();
    });
    attributes(this.element, { 'aria-labelledby': 'retry-title' });
    this.element.append(form);
    this.element.addEventListener('close', () => (this.key.value = ''));
    document.body.append(this.element);
  }

  open(choice: RetryChoice): void {
    this.choice = choice;
    this.order = freshName();
    const { count } = choice;
    this.title.textContent = count === 0 ? 'Try again now' : `Retry ${counted(count, 'row')}`;
    const price = this.usdPerRow === undefined ? undefined : count * this.usdPerRow;
    this.text.textContent =
      count === 0
        ? 'The group goes on at once if the key is good.'
        : `${count === 1 ? 'It is' : 'They are'} run again in the same ${count === 1 ? 'row' : 'rows'}; earlier attempts stay visible.${priceText(price, this.client.needsKey)}`;
    this.say('');
    this.element.showModal();
    this.keyPart.hidden = this.client.isKnown;
    if (!this.client.isKnown) this.key.value = keptKey();
    (this.client.isKnown ? this.send : this.key).focus();
  }

  private keyField(): HTMLElement[] {
    attributes(this.key, { 'aria-describedby': 'retry-hint retry-fault' });
    return [
      make('label', { htmlFor: 'retry-key' }, 'Parallel API key of the group’s owner'),
      this.key,
      make('p', { className: 'hint', id: 'retry-hint' }, 'Sent with this request alone; the page does not keep it.'),
    ];
  }

  private async submit(): Promise<void> {
    const key = this.key.value.trim();
    const isAsked = !this.keyPart.hidden;
    if (isAsked && key === '') {
      this.say('Enter the API key the group was made with.');
      return this.key.focus();
    }
    this.busy(true);
    const rows = this.choice?.rows;
    const told = await this.client.ask<{ num_rows: number }>(`/v1beta/tasks/multitask/${this.groupId}/retry`, {
      method: 'POST',
      body: rows ? { rows } : {},
      name: this.order,
      ...(isAsked && { key }),
    });
    this.busy(false);
    if (!told.isGood) {
      // Another key may be the owner's, also where none is needed.
      if (told.code === 'not_owner') this.keyPart.hidden = false;
      return this.say(told.fault);
    }
    this.element.close();
    this.done(told.value.num_rows);
  }

  private busy(isBusy: boolean): void {
    this.send.disabled = isBusy;
    this.send.textContent = isBusy ? 'Asking…' : 'Retry';
    if (isBusy) this.say('');
  }

  private say(text: string): void {
    this.fault.textContent = text;
    this.fault.hidden = text === '';
  }
}

function priceText(usd: number | undefined, isCharged: boolean): string {
  if (usd === undefined) return '';
  const amount = dollars(Math.round(usd * 1e6) / 1e6);
  return isCharged
    ? ` At the list price this costs up to ${amount}.`
    : ` By the list price ${amount}; nothing is charged.`;
}
