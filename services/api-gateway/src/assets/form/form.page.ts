import { faultOf } from './checks';
import { CreatedView } from './created.view';
import { byId, copyOnClick, settled } from './dom';
import { examples } from './examples';
import { FaultsView } from './faults.view';
import { InputsView } from './inputs.view';
import { keepKey } from './key.field';
import { Order } from './order';
import { RecentView } from './recent.view';
import { requestText } from './request.text';
import { SchemaEditor } from './schema.view';
import { Suggestion } from './suggestion';
import { SumView } from './sum.view';
import { counted, dollars } from './words';

export interface Settings {
  readonly upstream: 'parallel' | 'emulator' | 'custom';
  readonly needsKey: boolean;
  readonly limits: { readonly rows: number; readonly inputsBytes: number; readonly maxCostUsd?: number };
}

/** Puts the parts of the form together. */
export class FormPage {
  private readonly form = byId<HTMLFormElement>('form');
  private readonly faults = new FaultsView();
  private readonly recent = new RecentView();
  private readonly created = new CreatedView();
  private readonly order = new Order(
    () => this.inputs.content,
    () => this.isFollowing,
  );
  private readonly sum: SumView;
  private readonly schema = new SchemaEditor(
    () => this.order.fieldOf('processor') || undefined,
    () => this.update(),
  );
  private readonly inputs: InputsView;
  private readonly checkSoon = settled(300, () => this.check());
  private isReady = false;
  /** What the checks said themselves: what the service said is not theirs to take back. */
  private readonly own = new Set<string>();

  constructor(private readonly settings: Settings) {
    keepKey();
    this.sum = new SumView(settings.upstream !== 'emulator');
    this.inputs = new InputsView(
      () => this.update(),
      (url) => this.look(url),
    );
  }

  start(): void {
    const { order, inputs, schema, faults, settings } = this;
    this.isReady = true;
    document.body.classList.add('ready');
    this.form.noValidate = true;
    const suggestion = new Suggestion({ order, inputs, schema, faults, needsKey: settings.needsKey });
    byId('suggest').addEventListener('click', () => void suggestion.ask());
    this.form.addEventListener('input', (event) => {
      const field = (event.target as Element).closest<HTMLElement>('[data-field]')?.dataset.field;
      // What the service said of a field is not true of what it holds now.
      if (field !== undefined) this.faults.say(field, undefined);
      this.update();
    });
    this.form.addEventListener('submit', (event) => {
      event.preventDefault();
      void this.submit();
    });
    for (const button of document.querySelectorAll<HTMLElement>('[data-example]'))
      button.addEventListener('click', () => this.fill(button.dataset.example!));
    copyOnClick(byId<HTMLButtonElement>('copy-request'), () => byId('request').textContent);
    this.recent.start();
    this.update();
  }

  private get isFollowing(): boolean {
    return this.isReady && this.inputs.source === 'follow';
  }

  private fill(name: string): void {
    const example = examples[name]!;
    const choose = (field: string, value: string) => {
      const radios = this.form.querySelectorAll<HTMLInputElement>(`[name="${field}"]`);
      for (const radio of radios) radio.checked = radio.value === value;
    };
    choose('output_type', example.type);
    choose('processor', example.processor);
    byId<HTMLTextAreaElement>('output_description').value = example.description;
    this.schema.set('');
    this.inputs.setText(example.inputs);
    this.clear();
    if (name === 'none') byId('inputs').focus();
  }

  /** Brings everything that follows from the fields up to date. */
  private update(): void {
    if (!this.isReady) return;
    const type = this.order.type;
    for (const part of document.querySelectorAll<HTMLElement>('[data-for]'))
      part.hidden = !part.dataset.for!.split(' ').includes(type);
    document.body.classList.toggle('following', this.isFollowing);
    this.nameButton();
    this.estimate();
    this.schema.check();
    this.writeRequest();
    this.checkSoon();
  }

  /** Dollars; undefined while nobody can tell, and where nothing is bought. */
  private estimate(): number | undefined {
    if (!this.isFollowing) return this.sum.show(this.inputs.preview?.count, this.order.fieldOf('processor'));
    this.sum.showFollowing();
    return undefined;
  }

  private check(): void {
    const rows = this.inputs.preview?.count;
    const estimate = this.estimate();
    const values = Object.fromEntries(this.order.fields());
    for (const field of this.faults.fields) {
      const control = this.form.querySelector<HTMLInputElement>(`[name="${field}"]`);
      const text = values[field] ?? '';
      const message = faultOf(field, text, { rows, estimate, values });
      // While it is typed, a value is unfinished, not wrong.
      if (message !== undefined && control === document.activeElement && !this.faults.told(field)) this.later(control);
      else if (field !== 'inputs') this.tell(field, message);
    }
    this.checkLimits(rows, estimate);
  }

  private tell(field: string, message: string | undefined): void {
    const isOwn = this.own.delete(field);
    if (message === undefined ? !isOwn : !isOwn && this.faults.told(field)) return;
    if (message !== undefined) this.own.add(field);
    this.faults.say(field, message);
  }

  /** What this installation does not take, whatever else is right. */
  private checkLimits(rows: number | undefined, estimate: number | undefined): void {
    const { limits } = this.settings;
    const bytes = this.inputs.source === 'file' ? (this.inputs.file?.size ?? 0) : 0;
    const tooMany = rows !== undefined && rows > limits.rows;
    this.tell(
      'inputs',
      tooMany
        ? `At most ${counted(limits.rows, 'row')} are taken at once; split them over several groups.`
        : bytes > limits.inputsBytes
          ? `At most ${counted(limits.inputsBytes / 1_048_576, 'MiB', 'MiB')} are taken at once.`
          : undefined,
    );
    const cap = limits.maxCostUsd;
    if (cap !== undefined && estimate !== undefined && estimate > cap)
      this.tell('max_cost_usd', `The operator of this installation allows ${dollars(cap)} at once.`);
  }

  private clear(): void {
    this.own.clear();
    this.faults.clear();
  }

  private later(control: HTMLElement | null): void {
    control?.addEventListener('blur', () => this.check(), { once: true });
  }

  private async look(url: string) {
    this.clear();
    const answer = await this.order.dryRun(
      [
        ['output_type', 'auto'],
        ['processor', 'lite'],
      ],
      url,
    );
    if (answer.ok) return answer.value;
    this.faults.show(answer.problem);
    return undefined;
  }

  private async submit(): Promise<void> {
    this.clear();
    const missing = (title: string, field: string, detail: string) => this.faults.show({ title, field, detail });
    if (this.isFollowing && this.order.fieldOf('taskgroup_id').trim() === '')
      return missing('There is nothing to follow', 'taskgroup_id', 'Enter the id of a task group.');
    if (!this.isFollowing && this.inputs.content === undefined)
      return missing('There is nothing to research', 'inputs', 'Give at least one row.');
    if (this.settings.needsKey && this.order.fieldOf('api_key').trim() === '')
      return missing('A key is needed', 'api_key', 'Enter your Parallel API key.');
    this.busy(true);
    const answer = await this.order.create();
    this.busy(false);
    if (!answer.ok) return this.faults.show(answer.problem);
    const { taskgroup_id: id, num_inputs: rows } = answer.value;
    const title = answer.value.title ?? this.titleOf();
    this.recent.add({ id, rows, title, at: Date.now() });
    this.created.show({ ...answer.value, title });
  }

  private titleOf(): string {
    if (this.isFollowing) return 'A group of elsewhere';
    const words = this.order.fieldOf('output_description').replace(/\s+/g, ' ').trim();
    return words === '' ? 'Untitled' : words.charAt(0).toUpperCase() + words.slice(1, 80);
  }

  private busy(is: boolean): void {
    byId<HTMLButtonElement>('go').disabled = is;
    this.nameButton();
  }

  private nameButton(): void {
    const button = byId<HTMLButtonElement>('go');
    button.textContent = button.disabled ? 'Starting…' : this.isFollowing ? 'Follow this group' : 'Research every row';
  }

  private writeRequest(): void {
    const { content, source } = this.inputs;
    const kind = ({ paste: 'text', link: 'url', file: 'file', follow: 'none' } as const)[source];
    const text = typeof content === 'string' ? content : (content?.name ?? 'rows.csv');
    let spec: Record<string, unknown>;
    try {
      spec = this.order.spec();
    } catch {
      // A field is half typed: the request of before stays.
      return;
    }
    const { needsKey } = this.settings;
    byId('request').textContent = requestText({ origin: location.origin, spec, inputs: { kind, text }, needsKey });
  }
}
