import type { LedgerKind, LedgerRepository } from '../store/ledger.repository';
import { invalid } from '../wire/api-error';

export interface LedgerRequest {
  readonly group?: string;
  readonly kind?: LedgerKind;
  /** The id of the last entry already read, or a time. */
  readonly since?: string;
  readonly limit?: number;
}

const defaultLimit = 1_000;
const maxLimit = 10_000;

/** The ledger as the control API shows it. */
export class LedgerReport {
  constructor(private readonly ledger: LedgerRepository) {}

  page({ group, kind, since, limit }: LedgerRequest) {
    const size = Math.min(limit ?? defaultLimit, maxLimit);
    const entries = this.ledger.page({ group, kind, ...start(since), limit: size });
    return { entries, next: entries.length === size ? (entries.at(-1)?.id ?? null) : null };
  }

  summary(group: string | undefined) {
    const streams = this.ledger.streams(group);
    return {
      group: group ?? null,
      requests: this.ledger.requestsByEndpoint(group),
      streams: {
        opened: streams.length,
        open: streams.filter((stream) => stream.closedAt === null).length,
        max_concurrent: mostAtOnce(streams),
      },
      runs: this.ledger.count('run', group),
      events: this.ledger.count('event', group),
      runs_by_metadata: this.ledger.runsByMetadata(group),
    };
  }
}

function start(since: string | undefined): { afterId: number; fromMs: number } {
  if (since === undefined) return { afterId: 0, fromMs: 0 };
  if (/^\d+$/.test(since)) return { afterId: Number(since), fromMs: 0 };
  const fromMs = Date.parse(since);
  if (Number.isNaN(fromMs))
    throw invalid([{ loc: ['query', 'since'], msg: 'Neither a ledger id nor a time', type: 'value_error' }]);
  return { afterId: 0, fromMs };
}

function mostAtOnce(streams: readonly { openedAt: number; closedAt: number | null }[]): number {
  const changes = streams.flatMap(({ openedAt, closedAt }) => [
    { at: openedAt, by: 1 },
    ...(closedAt === null ? [] : [{ at: closedAt, by: -1 }]),
  ]);
  let now = 0;
  let most = 0;
  // At the same millisecond a stream that ends makes room for the one that follows it.
  for (const { by } of changes.toSorted((a, b) => a.at - b.at || a.by - b.by)) most = Math.max(most, (now += by));
  return most;
}
