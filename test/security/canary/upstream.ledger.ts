import type { CanaryHouse } from './house';

export interface LedgerRequest {
  readonly id: number;
  readonly endpoint: string | null;
  /** null while it is open. */
  readonly closed_at: string | null;
}

/** What the upstream was asked after an entry of its ledger. */
export async function requestsAfter(house: CanaryHouse, id: number): Promise<LedgerRequest[]> {
  const entries: LedgerRequest[] = [];
  for (let since: number | null = id; since !== null;) {
    const page = await fetch(`${house.product.emulator}/_emulator/ledger?kind=request&since=${since}`);
    const { entries: more, next } = (await page.json()) as { entries: LedgerRequest[]; next: number | null };
    entries.push(...more);
    since = next;
  }
  return entries;
}
