import { createParser } from 'eventsource-parser';
import type { Json, UpstreamAccount, UpstreamRequest, UpstreamRun } from '../ledger';

/** Speaks to the control API of the emulator; docs/EMULATOR.md is normative for it. */
export class EmulatorWitness {
  readonly #origin: string;

  constructor(origin: string) {
    this.#origin = origin;
  }

  async setFaults(faults: readonly object[]): Promise<void> {
    const answer = await fetch(`${this.#origin}/_emulator/faults`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ faults }),
    });
    if (!answer.ok) throw new Error(`the emulator refused the faults: ${answer.status} ${await answer.text()}`);
  }

  /** Moves its clock on: what waits for it ends sooner. */
  async advanceClock(seconds: number): Promise<void> {
    const answer = await fetch(`${this.#origin}/_emulator/clock`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ advance_seconds: seconds }),
    });
    if (!answer.ok) throw new Error(`the emulator's clock answered ${answer.status}`);
  }

  /** What it was asked since `fromMs`. */
  async requests(fromMs: number): Promise<UpstreamRequest[]> {
    return (await this.#entries(fromMs, 'request')).map(requestOf);
  }

  /** Everything it received and made since `fromMs`, with what became of the runs; `keys` are the API keys of the groups. */
  async account(fromMs: number, keys: ReadonlyMap<string, string>): Promise<UpstreamAccount> {
    const entries = await this.#entries(fromMs);
    const runs = entries.filter((entry) => entry.kind === 'run');
    const ends = new Map<string, RunEnd>();
    for (const group of new Set(runs.map((run) => run.group!)))
      for (const end of await this.#runsOf(group, keys.get(group))) ends.set(end.run_id, end);
    return {
      requests: entries.filter((entry) => entry.kind === 'request').map(requestOf),
      runs: runs.map((run) => runOf(run, ends.get(run.run!))),
      events: entries
        .filter((entry) => entry.kind === 'event')
        .map(({ at, group, type }) => ({ at: Date.parse(at), group: group!, type: type ?? '' })),
    };
  }

  async #entries(fromMs: number, kind?: Entry['kind']): Promise<Entry[]> {
    const all: Entry[] = [];
    for (let since: string | number | null = new Date(fromMs).toISOString(); since !== null;) {
      const query = new URLSearchParams({ since: String(since), limit: '10000', ...(kind && { kind }) });
      const answer: Response = await fetch(`${this.#origin}/_emulator/ledger?${query}`);
      if (!answer.ok) throw new Error(`the emulator's ledger answered ${answer.status}`);
      const page = (await answer.json()) as { entries: Entry[]; next: number | null };
      all.push(...page.entries);
      since = page.next;
    }
    return all;
  }

  /** The group's list of runs, as its owner reads it. A group that nobody of ours owns has no key and is passed over. */
  async #runsOf(group: string, key: string | undefined): Promise<RunEnd[]> {
    if (key === undefined) return [];
    const answer = await fetch(`${this.#origin}/v1/tasks/groups/${group}/runs?include_output=true`, {
      headers: { 'x-api-key': key },
    });
    if (!answer.ok) throw new Error(`the emulator's list of runs answered ${answer.status}`);
    const found: RunEnd[] = [];
    const parser = createParser({
      onEvent: ({ data }) => {
        const frame = JSON.parse(data) as { type: string; run?: { run_id: string; status: string }; output?: Json };
        if (frame.run) found.push({ ...frame.run, output: frame.output ?? null });
      },
    });
    parser.feed(await answer.text());
    return found;
  }
}

interface Entry {
  readonly kind: 'request' | 'run' | 'event' | 'webhook';
  readonly at: string;
  readonly closed_at: string | null;
  readonly group: string | null;
  readonly run: string | null;
  readonly endpoint?: string;
  readonly query?: string | null;
  readonly frames?: number | null;
  readonly status?: number | string | null;
  readonly metadata?: Readonly<Record<string, unknown>> | null;
  readonly foreign?: boolean;
  readonly type?: string;
}

interface RunEnd {
  readonly run_id: string;
  readonly status: string;
  readonly output: Json;
}

const requestOf = ({ endpoint, group, at, closed_at, status, query, frames }: Entry): UpstreamRequest => ({
  endpoint: endpoint ?? '',
  group,
  at: Date.parse(at),
  closedAt: closed_at === null ? null : Date.parse(closed_at),
  status: typeof status === 'number' ? status : null,
  query: query ?? null,
  frames: frames ?? null,
});

/** Where our row key travels. */
const rowKeyMetadata = 'multitask_row';

const runOf = ({ run, group, at, foreign, metadata }: Entry, end: RunEnd | undefined): UpstreamRun => ({
  runId: run!,
  group: group!,
  at: Date.parse(at),
  foreign: foreign === true,
  key: typeof metadata?.[rowKeyMetadata] === 'string' ? metadata[rowKeyMetadata] : null,
  status: end?.status ?? 'unknown',
  output: end?.output ?? null,
});
