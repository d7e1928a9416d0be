import { counted, dollars } from '../data/text';
import { attributes, make } from '../view/dom';
import type { Appended } from './owner.answers';
import { freshName, type OwnerClient } from './owner.client';

/** Text that is pasted goes as a field, for which the service has room of 1 MiB; a file may be much larger. */
const pastedCharacters = 250_000;

/** More rows for a group that is there: pasted, from a file, or from a URL. What they are is for the service to find out. */
export class AppendForm {
  readonly element = make('form', { className: 'owner-form', noValidate: true });
  private readonly text = make('textarea', { id: 'append-text', rows: 5, spellcheck: false });
  private readonly file = make('input', {
    type: 'file',
    id: 'append-file',
    accept: '.csv,.tsv,.json,.ndjson,.jsonl,.txt,text/csv,application/json',
  });
  private readonly most = make('input', { type: 'text', id: 'append-most', inputMode: 'decimal', autocomplete: 'off' });
  private readonly fault = attributes(make('p', { className: 'fault', id: 'append-fault', hidden: true }), {
    role: 'alert',
  });
  private readonly button = make('button', { type: 'submit', className: 'button strong' }, 'Add rows');
  /** The same until what is sent is another: a try that was not answered may have been heard. */
  private order = freshName();

  constructor(
    private readonly client: OwnerClient,
    private readonly path: string,
    priceHint: string,
    private readonly done: (text: string) => void,
  ) {
    this.text.placeholder = 'country\nFrance\nJapan';
    attributes(this.text, { 'aria-describedby': 'append-hint append-fault', autocapitalize: 'off' });
    attributes(this.most, { 'aria-describedby': 'append-price' });
    this.element.append(
      make('label', { htmlFor: 'append-text' }, 'Rows'),
      this.text,
      make('p', { className: 'hint', id: 'append-hint' }, 'CSV with a header, JSON, NDJSON, or a URL to one of them.'),
      make('label', { htmlFor: 'append-file' }, 'or a file'),
      this.file,
      make('label', { htmlFor: 'append-most' }, 'Spend at most, in US dollars'),
      this.most,
      make('p', { className: 'hint', id: 'append-price' }, `${priceHint} Refused if they would cost more.`.trim()),
      this.fault,
      this.button,
    );
    this.element.addEventListener('input', () => (this.order = freshName()));
    this.element.addEventListener('submit', (event) => {
      event.preventDefault();
      void this.submit();
    });
  }

  private async submit(): Promise<void> {
    const [file] = this.file.files ?? [];
    const text = this.text.value;
    if (!file && text.trim() === '') return this.say('Paste rows, or choose a file.', this.text);
    if (file && text.trim() !== '') return this.say('Give rows as text or as a file, not both.', this.text);
    if (text.length > pastedCharacters)
      return this.say(
        `Pasted text may have ${pastedCharacters.toLocaleString('en')} characters. Put it into a file.`,
        this.text,
      );
    const form = new FormData();
    const most = this.most.value.trim().replace(/^\$/, '');
    if (most !== '') form.append('max_cost_usd', most);
    if (file) form.append('inputs', file);
    else form.append('inputs', text);
    this.busy(true);
    const told = await this.client.ask<Appended>(this.path, { method: 'POST', body: form, name: this.order });
    this.busy(false);
    if (!told.isGood) return this.say(told.fault);
    this.element.reset();
    this.order = freshName();
    const { num_inputs: count, estimate, warnings } = told.value;
    const price = estimate.cost_usd === null ? '' : ` for ${dollars(Math.round(estimate.cost_usd * 1e6) / 1e6)}`;
    const warned = warnings.map(({ message }) => ` ${message}`).join('');
    this.done(`${counted(count, 'row')} added${price}.${warned}`);
  }

  private busy(isBusy: boolean): void {
    this.button.disabled = isBusy;
    this.button.textContent = isBusy ? 'Adding…' : 'Add rows';
    if (isBusy) this.say('');
  }

  private say(text: string, at?: HTMLElement): void {
    this.fault.textContent = text;
    this.fault.hidden = text === '';
    at?.focus();
  }
}
