import { counted, dollars } from '../data/text';
import { attributes, make } from './dom';

export interface RetryChoice {
  /** All rows without an answer when undefined. */
  readonly rows: readonly number[] | undefined;
  readonly count: number;
}

interface Problem {
  readonly detail?: string;
  readonly title?: string;
}

/**
 * Asks for what a retry needs and orders it. The key is the owner's: it goes with this one request, to this very origin, and is
 * not kept.
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
  private readonly fault = attributes(make('p', { className: 'fault', id: 'retry-fault', hidden: true }), {
    role: 'alert',
  });
  private readonly send = make('button', { type: 'submit', className: 'button strong' }, 'Retry');
  private choice: RetryChoice | undefined;
  /** The same for every try of one retry, so that it is ordered once. */
  private order = '';

  constructor(
    private readonly groupId: string,
    private readonly facts: { readonly needsKey: boolean; readonly usdPerRow: number | undefined },
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
      ...(facts.needsKey ? this.keyField() : []),
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
    const price = this.facts.usdPerRow === undefined ? undefined : count * this.facts.usdPerRow;
    this.text.textContent =
      count === 0
        ? 'The group goes on at once if the key is good.'
        : `${count === 1 ? 'It is' : 'They are'} run again in the same ${count === 1 ? 'row' : 'rows'}; earlier attempts stay visible.${priceText(price, this.facts.needsKey)}`;
    this.say('');
    this.element.showModal();
    (this.facts.needsKey ? this.key : this.send).focus();
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
    if (this.facts.needsKey && key === '') {
      this.say('Enter the API key the group was made with.');
      return this.key.focus();
    }
    this.busy(true);
    const answer = await this.ask(key).catch(() => undefined);
    this.busy(false);
    if (!answer) return this.say('The service does not answer at the moment. Please try again.');
    if (!answer.ok) {
      const problem = (await answer.json().catch(() => ({}))) as Problem;
      return this.say(problem.detail ?? problem.title ?? `The service answered ${answer.status}.`);
    }
    const { num_rows: count } = (await answer.json()) as { num_rows: number };
    this.element.close();
    this.done(count);
  }

  private ask(key: string): Promise<Response> {
    const rows = this.choice?.rows;
    return fetch(`/v1beta/tasks/multitask/${this.groupId}/retry`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'idempotency-key': this.order,
        ...(key !== '' && { 'x-api-key': key }),
      },
      body: JSON.stringify(rows ? { rows } : {}),
    });
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

/** `crypto.randomUUID` is not there on a page that came over plain HTTP. */
const freshName = (): string =>
  [...crypto.getRandomValues(new Uint32Array(4))].map((part) => part.toString(36)).join('-');
