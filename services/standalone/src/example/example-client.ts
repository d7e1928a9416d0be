/** The example is a client like any other: it knows the origin and, with a real upstream, a key. */
export class ExampleClient {
  constructor(
    private readonly origin: string,
    private readonly apiKey: string | undefined,
  ) {}

  async dryRun(body: object): Promise<{ estimate: { cost_usd: number | null } }> {
    return (await this.post('/v1beta/tasks/multitask?dry_run=true', body)) as { estimate: { cost_usd: number | null } };
  }

  /** Repeated under the same key it answers with the same group, so a lost answer buys nothing twice. */
  async create(body: object, idempotencyKey: string): Promise<CreatedGroup> {
    const headers = { 'idempotency-key': idempotencyKey };
    return (await this.post('/v1beta/tasks/multitask', body, headers)) as CreatedGroup;
  }

  /** Undefined for a group that is gone or was never here. Throws while a service does not answer. */
  async result(id: string): Promise<GroupResult | undefined> {
    const answer = await fetch(`${this.origin}/${id}.json`, { signal: AbortSignal.timeout(10_000) });
    if (answer.status === 404 || answer.status === 410) return undefined;
    if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
    return (await answer.json()) as GroupResult;
  }

  private async post(path: string, body: object, headers: Record<string, string> = {}): Promise<unknown> {
    const answer = await fetch(this.origin + path, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json',
        ...(this.apiKey && { 'x-api-key': this.apiKey }),
        ...headers,
      },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(60_000),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(problemText(text) ?? `the answer was ${answer.status}`);
    return JSON.parse(text);
  }
}

export interface CreatedGroup {
  readonly taskgroup_id: string;
  readonly webhook_secret?: string;
  readonly estimate?: { readonly cost_usd: number | null };
}

export interface GroupResult {
  readonly status: {
    readonly num_task_runs: number;
    readonly task_run_status_counts: Readonly<Record<string, number>>;
    readonly is_active: boolean;
    readonly status_message?: string | null;
  };
  readonly results: readonly Readonly<Record<string, unknown>>[];
}

function problemText(text: string): string | undefined {
  try {
    const problem = JSON.parse(text) as { title?: string; detail?: string };
    return problem.detail ?? problem.title;
  } catch {
    return undefined;
  }
}
