import { byId } from './dom';
import type { FaultsView } from './faults.view';
import type { InputsView } from './inputs.view';
import type { Order } from './order';
import type { SchemaEditor } from './schema.view';
import { counted } from './words';

export interface SuggestionParts {
  readonly order: Order;
  readonly inputs: InputsView;
  readonly schema: SchemaEditor;
  readonly faults: FaultsView;
  readonly needsKey: boolean;
}

/** Asks what fields the words would become, and shows them to be looked through before they are used. */
export class Suggestion {
  private readonly button = byId<HTMLButtonElement>('suggest');
  private readonly status = byId('suggested');

  constructor(private readonly parts: SuggestionParts) {}

  async ask(): Promise<void> {
    const { order, inputs, schema, faults, needsKey } = this.parts;
    faults.clear();
    const missing = (field: string, detail: string) =>
      faults.show({ title: 'Nothing can be suggested yet', field, detail });
    if (order.fieldOf('output_description').trim() === '')
      return missing('output_description', 'Say what you want to know.');
    if (inputs.content === undefined) return missing('inputs', 'Give at least one row.');
    if (needsKey && order.fieldOf('api_key').trim() === '')
      return missing('api_key', 'Suggestions come from Parallel: enter your key first.');
    this.button.disabled = true;
    this.status.textContent = 'Asking…';
    const ignored = ['output_schema', 'max_cost_usd', 'max_inputs', 'webhook_url', 'webhook_secret'];
    const fields = order.fields().filter(([name]) => !ignored.includes(name));
    // The first rows say enough: a large file is not sent for this.
    const rows = inputs.preview?.rows ?? [];
    const sample = rows.length > 0 ? JSON.stringify(rows) : inputs.content;
    const answer = await order.dryRun(fields, sample);
    this.button.disabled = false;
    this.status.textContent = '';
    if (!answer.ok) return faults.show(answer.problem);
    const { output_schema, processor, warnings } = answer.value;
    schema.set(JSON.stringify(output_schema, null, 2), true);
    const count = Object.keys((output_schema as { properties?: object } | null)?.properties ?? {}).length;
    const chosen = order.fieldOf('processor') === '' ? `, and the processor ${processor}` : '';
    const notes = warnings.filter(({ code }) => code !== 'schema').map(({ message }) => message);
    this.status.textContent = [
      `${counted(count, 'field')} suggested${chosen}: look them through below.`,
      ...notes,
    ].join(' ');
    if (chosen !== '') this.choose(processor);
  }

  private choose(processor: string): void {
    const radios = byId<HTMLFormElement>('form').querySelectorAll<HTMLInputElement>('[name="processor"]');
    for (const radio of radios)
      if (radio.value === processor) {
        radio.checked = true;
        radio.dispatchEvent(new Event('input', { bubbles: true }));
      }
  }
}
