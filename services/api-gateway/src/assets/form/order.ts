import { specFromFields } from '@multitask/task-group';
import { byId, freshName } from './dom';
import type { Problem } from './problem.places';
import type { Json } from './words';

const address = '/v1beta/tasks/multitask';
/** Characters of pasted rows that go as a field; more go as a file, which the service reads piece by piece. */
const fieldCharacters = 200_000;

/** Fields without a meaning for a kind of answer. */
const idleFields: Readonly<Record<string, readonly string[]>> = {
  text: ['output_schema'],
  auto: ['output_schema', 'output_description'],
};
/** All that is asked of somebody who follows a group. */
const followed: readonly string[] = ['taskgroup_id', 'title', 'ttl_days', 'webhook_url', 'webhook_secret'];

export interface Created {
  readonly url: string;
  readonly taskgroup_id: string;
  readonly num_inputs: number;
  readonly processor: string;
  readonly title: string | null;
  readonly warnings: readonly { readonly message: string }[];
  readonly formats: Readonly<Record<string, string>>;
  readonly webhook_secret?: string;
}

export interface DryRun {
  readonly num_inputs: number;
  readonly processor: string;
  readonly output_schema: Json;
  readonly warnings: readonly { readonly code?: string; readonly message: string }[];
  readonly preview: readonly Json[];
}

/** What the API answered, or why not: every failure has words. */
export type Answer<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: Problem };

/** The form as the API has it, and the requests it makes. The key goes in a header, to this very origin. */
export class Order {
  private readonly form = byId<HTMLFormElement>('form');
  /** The same for every try of one order, so that it is placed once, however often its answer is lost. */
  private tried: { name: string; fields: string; inputs: string | File | undefined } | undefined;

  constructor(
    private readonly inputs: () => string | File | undefined,
    private readonly follows: () => boolean,
  ) {}

  get type(): string {
    return this.fieldOf('output_type');
  }

  fieldOf(name: string): string {
    const value = new FormData(this.form).get(name);
    return typeof value === 'string' ? value : '';
  }

  /** The fields that were filled in and mean something for what is ordered. */
  fields(): [string, string][] {
    const idle = idleFields[this.type] ?? [];
    const means = (name: string) =>
      this.follows() ? followed.includes(name) : !idle.includes(name) && !['inputs', 'taskgroup_id'].includes(name);
    return [...new FormData(this.form)].filter(
      (entry): entry is [string, string] =>
        typeof entry[1] === 'string' && entry[1].trim() !== '' && entry[0] !== 'api_key' && means(entry[0]),
    );
  }

  /** The fields as the JSON body has them; throws what the service would say of one that cannot be read. */
  spec(): Record<string, unknown> {
    return specFromFields(this.fields());
  }

  async create(): Promise<Answer<Created>> {
    const [fields, inputs] = [this.fields(), this.inputs()];
    const said = JSON.stringify(fields);
    if (this.tried?.fields !== said || this.tried.inputs !== inputs)
      this.tried = { name: freshName(), fields: said, inputs };
    const answer = await this.ask<Created>('', this.body(fields, inputs), { 'idempotency-key': this.tried.name });
    // The same once more is another order.
    if (answer.ok) this.tried = undefined;
    return answer;
  }

  /** What would be created of these fields and rows; nothing is. */
  dryRun(fields: readonly (readonly [string, string])[], inputs: string | File | undefined): Promise<Answer<DryRun>> {
    return this.ask('?dry_run=true', this.body(fields, inputs), {});
  }

  private body(fields: readonly (readonly [string, string])[], inputs: string | File | undefined): FormData {
    const body = new FormData();
    for (const [name, value] of fields) body.append(name, value);
    if (typeof inputs === 'string' && inputs.length > fieldCharacters)
      body.append('inputs', new Blob([inputs]), 'pasted');
    else if (inputs !== undefined) body.append('inputs', inputs);
    return body;
  }

  private async ask<T>(query: string, body: FormData, more: Record<string, string>): Promise<Answer<T>> {
    const key = this.fieldOf('api_key').trim();
    const headers = { accept: 'application/json', ...more, ...(key !== '' && { 'x-api-key': key }) };
    try {
      const answer = await fetch(address + query, { method: 'POST', headers, body });
      const value = (await answer.json()) as T & Problem;
      if (answer.ok) return { ok: true, value };
      return { ok: false, problem: { title: `The service answered ${answer.status}`, ...value } };
    } catch {
      const detail = 'It does not answer at the moment. Nothing is lost: try again, and it is started once.';
      return { ok: false, problem: { title: 'The service cannot be reached', detail } };
    }
  }
}
