import { byId, make, settled } from './dom';
import { adviceOn, fieldsOf, fieldTypes, schemaOf, type FieldType, type SchemaField } from './schema.fields';
import { counted } from './words';

const typeNames: Readonly<Record<FieldType, string>> = {
  string: 'text',
  number: 'number',
  integer: 'whole number',
  boolean: 'yes or no',
  strings: 'list of texts',
  choice: 'one of …',
};

/**
 * Edits the schema of an answer field by field. The JSON below is what counts and what is sent: the fields are a view of it, and
 * are not shown for a schema that says more than they can.
 */
export class SchemaEditor {
  private readonly json = byId<HTMLTextAreaElement>('output_schema');
  private readonly list = byId('fields');
  private readonly fold = byId<HTMLDetailsElement>('schema-fold');
  private readonly source = byId<HTMLDetailsElement>('schema-source');
  private readonly advice = byId('schema-advice');
  private readonly summary = byId('schema-summary');
  private isSuggested = false;

  constructor(
    private readonly processor: () => string | undefined,
    private readonly changed: () => void,
  ) {
    const check = settled(250, () => this.check());
    this.json.addEventListener('input', () => {
      this.isSuggested = false;
      this.draw();
      check();
    });
    byId('add-field').addEventListener('click', () => this.add());
    byId('drop-schema').addEventListener('click', () => this.set(''));
    this.fold.addEventListener('toggle', () => {
      if (this.fold.open && this.json.value.trim() === '' && !this.list.querySelector('input')) this.draw([blank]);
    });
    if (this.json.value.trim() !== '') this.set(this.json.value);
  }

  get text(): string {
    return this.json.value.trim();
  }

  /** Puts a schema there as JSON; empty for none. */
  set(text: string, isSuggested = false): void {
    this.json.value = text;
    this.isSuggested = isSuggested;
    if (text !== '') this.fold.open = true;
    this.draw(text === '' ? (this.fold.open ? [blank] : []) : undefined);
    this.check();
    this.changed();
  }

  /** Also when another processor is chosen: each answers only so many fields well. */
  check(): void {
    const advice = this.text === '' ? [] : adviceOn(this.text, this.processor());
    this.advice.replaceChildren(...advice.map(({ level, message }) => make('li', { className: level }, message)));
    this.summarise();
  }

  private add(): void {
    const fields = this.fields();
    if (fields === undefined) {
      this.source.open = true;
      return this.json.focus();
    }
    this.draw([...(fields.length > 0 ? fields : []), blank]);
    this.list.querySelector<HTMLInputElement>('.schema-field:last-child .name')?.focus();
  }

  private fields(): SchemaField[] | undefined {
    if (this.text === '') return this.shown();
    try {
      return fieldsOf(JSON.parse(this.text));
    } catch {
      return undefined;
    }
  }

  private draw(fields = this.fields()): void {
    if (!fields) {
      const note = 'This schema says more than the fields here can; it is edited as JSON.';
      this.list.replaceChildren(make('p', { className: 'hint' }, note));
      this.source.open = true;
      return;
    }
    const head = make('div', { className: 'schema-names', ariaHidden: 'true' });
    head.append(...['Name', 'Kind', 'What it is', ''].map((name) => make('span', {}, name)));
    this.list.replaceChildren(...(fields.length > 0 ? [head] : []), ...fields.map((field, i) => this.line(field, i)));
  }

  private line(field: SchemaField, i: number): HTMLElement {
    const label = (name: string) => `${name} of field ${i + 1}`;
    const name = make('input', { className: 'name', value: field.name, placeholder: 'name', ariaLabel: label('Name') });
    name.spellcheck = false;
    const type = make('select', { className: 'type', ariaLabel: label('Kind') });
    type.append(
      ...fieldTypes.map((one) => make('option', { value: one, selected: one === field.type }, typeNames[one])),
    );
    const about = make('input', {
      className: 'about',
      value: field.about,
      placeholder: 'what it is, in words',
      ariaLabel: label('Description'),
    });
    const choices = make('input', {
      className: 'choices',
      value: field.choices.join(', '),
      placeholder: 'small, medium, large',
      ariaLabel: label('Choices'),
      hidden: field.type !== 'choice',
    });
    const remove = make('button', { type: 'button', className: 'icon', ariaLabel: `Remove field ${i + 1}` }, '✕');
    const line = make('div', { className: 'schema-field' }, name, type, about, remove, choices);
    type.addEventListener('change', () => (choices.hidden = type.value !== 'choice'));
    line.addEventListener('input', () => this.take());
    remove.addEventListener('click', () => {
      const next = line.nextElementSibling ?? line.previousElementSibling;
      line.remove();
      this.take();
      (next?.querySelector<HTMLElement>('.icon') ?? byId('add-field')).focus();
    });
    return line;
  }

  /** What is typed into the lines becomes the JSON. */
  private take(): void {
    const fields = this.shown().filter(({ name }) => name.trim() !== '');
    this.json.value = fields.length > 0 ? JSON.stringify(schemaOf(fields), null, 2) : '';
    this.isSuggested = false;
    this.check();
    this.changed();
  }

  private shown(): SchemaField[] {
    return [...this.list.querySelectorAll('.schema-field')].map((line) => {
      const value = (name: string) => line.querySelector<HTMLInputElement | HTMLSelectElement>(`.${name}`)!.value;
      const choices = value('choices')
        .split(',')
        .map((choice) => choice.trim());
      return {
        name: value('name'),
        type: value('type') as FieldType,
        about: value('about'),
        choices: choices.filter(Boolean),
      };
    });
  }

  private summarise(): void {
    if (this.text === '') {
      this.summary.textContent = 'suggested from your words when you start';
      return;
    }
    let count = 0;
    try {
      count = Object.keys((JSON.parse(this.text) as { properties?: object }).properties ?? {}).length;
    } catch {
      // Half of it is typed: the advice says so.
    }
    this.summary.textContent = `${counted(count, 'field')}${this.isSuggested ? ', suggested; used as they stand here' : ' of yours'}`;
  }
}

const blank: SchemaField = { name: '', type: 'string', about: '', choices: [] };
