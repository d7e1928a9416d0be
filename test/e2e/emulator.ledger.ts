/** What the emulator says it received and made; docs/EMULATOR.md is normative. */
export interface LedgerSummary {
  readonly requests: Readonly<Record<string, number>>;
  readonly streams: { readonly opened: number; readonly open: number; readonly max_concurrent: number };
  readonly runs: number;
  readonly runs_by_metadata: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

/** Of one group, or of everything when none is named. */
export async function ledgerSummary(emulator: string, groupId = ''): Promise<LedgerSummary> {
  const answer = await fetch(`${emulator}/_emulator/ledger/summary${groupId && `?group=${groupId}`}`);
  if (!answer.ok) throw new Error(`the ledger answered ${answer.status}`);
  return (await answer.json()) as LedgerSummary;
}

/** How often each row was bought: exactly once each is what we promise. */
export const purchases = (summary: LedgerSummary): number[] =>
  Object.values(summary.runs_by_metadata.multitask_row ?? {});
