import type { CreateAnswer, DryRunAnswer, LimitsAnswer, ListedGroup } from './group/answers';
import type { CreateRequest, FollowRequest } from './group/create-request';
import { groupAddress, originOf } from './group/group.address';
import { multitaskPath } from './group/paths';
import type { ResultAnswer } from './group/results';
import { TaskGroup, type CallOptions, type CommandOptions, type WaitOptions } from './group/task-group';
import { bodyOf, jsonBody, newIdempotencyKey } from './request/inputs.body';
import { Transport, type Fetch } from './request/transport';

export interface ClientOptions {
  /** Where Multitask is, such as `https://tasks.example.com`. */
  readonly origin: string;
  /** The Parallel API key that pays; the local emulator needs none. Sent to `origin` alone. */
  readonly apiKey?: string;
  /** How long failures that pass by themselves are waited out, for each request; ms. 60 s. */
  readonly patienceMs?: number;
  /** Instead of the platform's own. */
  readonly fetch?: Fetch;
}

export interface RunOptions extends CommandOptions, WaitOptions {}

/** A group that was just created. */
export interface CreatedGroup {
  readonly group: TaskGroup;
  readonly answer: CreateAnswer;
}

/** A group that is done. */
export interface FinishedGroup {
  readonly group: TaskGroup;
  readonly result: ResultAnswer;
  /** Verifies the webhook's signature, where a webhook was asked for. */
  readonly webhookSecret: string | undefined;
}

/** ms: rows are read, checked and stored before the answer. */
const createTimeoutMs = 5 * 60_000;
/** The most an installation waits with its answer (seconds). */
const longestPreferredWait = 50;
const defaultPatienceMs = 60_000;

/** Speaks to one installation of Multitask. Every method rejects with a {@link MultitaskError}. */
export class MultitaskClient {
  readonly origin: string;
  private readonly transport: Transport;

  constructor(options: ClientOptions) {
    this.origin = originOf(options.origin);
    this.transport = new Transport({
      fetch: options.fetch ?? ((url, init) => globalThis.fetch(url, init)),
      apiKey: options.apiKey,
      patienceMs: options.patienceMs ?? defaultPatienceMs,
    });
  }

  /**
   * Creates a group: this spends money, unless the emulator answers. It is sent under an Idempotency-Key and repeated while
   * failures pass, so a lost answer buys nothing twice.
   */
  async create(request: CreateRequest, options: CommandOptions = {}): Promise<CreatedGroup> {
    const { value: answer } = await this.post<CreateAnswer>(request, options);
    return { group: this.groupAt(answer.taskgroup_id, answer.url), answer };
  }

  /** What would be created, and what it would cost. Nothing is, and nothing is spent. */
  async dryRun(request: CreateRequest, options: CallOptions = {}): Promise<DryRunAnswer> {
    return (await this.post<DryRunAnswer>(request, options, { search: '?dry_run=true' })).value;
  }

  /** Creates a group and waits for its result: with the very answer for short ones, by the stream from then on. */
  async run(request: CreateRequest, options: RunOptions = {}): Promise<FinishedGroup> {
    const prefer = { prefer: `wait=${longestPreferredWait}` };
    const { value, response } = await this.post<CreateAnswer | ResultAnswer>(request, options, { headers: prefer });
    const told = 'url' in value ? value.url : response.headers.get('location');
    const group = this.groupAt(value.taskgroup_id, told ?? `${this.origin}/${value.taskgroup_id}`);
    const webhookSecret =
      ('webhook_secret' in value ? value.webhook_secret : response.headers.get('webhook-secret')) ?? undefined;
    if ('results' in value) return { group, result: value, webhookSecret };
    await group.wait(options);
    return { group, result: await group.result({}, options), webhookSecret };
  }

  /**
   * Brings a group that exists at Parallel, and that this key can read, onto a page here. Nothing is bought. One that is followed
   * already is looked at again, for runs that came to it since.
   */
  async follow(request: FollowRequest, options: CommandOptions = {}): Promise<CreatedGroup> {
    const { value: answer } = await this.post<CreateAnswer>(request, options);
    return { group: this.groupAt(answer.taskgroup_id, answer.url), answer };
  }

  /** A group by its id or its URL. One of another installation can be read, but not commanded. */
  group(idOrUrl: string): TaskGroup {
    const { origin, id } = groupAddress(idOrUrl, this.origin);
    return new TaskGroup(this.transport, id, `${origin}/${id}`, origin, origin === this.origin);
  }

  /** The groups that were created with this key, newest first. */
  async *groups(options: CallOptions = {}): AsyncGenerator<ListedGroup, void, undefined> {
    for (let search = ''; ;) {
      const url = `${this.origin}${multitaskPath}${search}`;
      type Page = { groups: ListedGroup[]; next_cursor: string | null };
      const page = (await this.transport.json<Page>({ method: 'GET', url, keyed: true, signal: options.signal })).value;
      yield* page.groups;
      if (page.next_cursor === null) return;
      search = `?cursor=${encodeURIComponent(page.next_cursor)}`;
    }
  }

  /** Processors with their prices, limits, and whether Parallel or the emulator answers. */
  async limits(options: CallOptions = {}): Promise<LimitsAnswer> {
    const url = `${this.origin}${multitaskPath}/limits`;
    return (await this.transport.json<LimitsAnswer>({ method: 'GET', url, signal: options.signal })).value;
  }

  /** Requests go to the address that worked just now, whatever the installation calls itself to others. */
  private groupAt = (id: string, url: string): TaskGroup => new TaskGroup(this.transport, id, url, this.origin, true);

  private post<T>(
    request: CreateRequest | FollowRequest,
    { idempotencyKey = newIdempotencyKey(), signal }: CommandOptions,
    more: { search?: string; headers?: Record<string, string> } = {},
  ) {
    const { body, headers } = 'inputs' in request ? bodyOf({ ...request }) : jsonBody(request);
    return this.transport.json<T>({
      method: 'POST',
      url: `${this.origin}${multitaskPath}${more.search ?? ''}`,
      headers: { ...headers, ...more.headers, accept: 'application/json', 'idempotency-key': idempotencyKey },
      body,
      keyed: true,
      timeoutMs: createTimeoutMs,
      signal,
    });
  }
}
