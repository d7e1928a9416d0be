import {
  event,
  parseRowKey,
  rowKeyMetadata,
  rowKeyOf,
  type GroupEvent,
  type RecordedEvent,
} from '@multitask/contracts';
import { RowChunks } from '../create/rows.chunking';
import { isSettled, type GroupView, type RowView, type RunResult } from '../view/group-view';
import { applyToView, type GroupFold } from '../view/group-view.projection';
import { advances } from '../view/run-progress';

/** A fact that is to be stored again, and when it was stored first where readers see that time. */
export type LostFact = GroupEvent & { readonly firstStoredAt?: string };

/** 25,000 characters each at most: 5 MB. */
const rowsPerEvent = 200;

/** What restored rows are refused with whose refusal nobody knows any more. */
const forgotten = { code: 'not_known', message: 'How this attempt ended was lost with the log’s newest part.' };

/**
 * Facts that lead a group from what the log says to what was kept of it, told one after the other: each is applied at once, so
 * the next is decided on the group as it is by then.
 */
export class Restoration {
  readonly facts: LostFact[] = [];
  private seq: number;

  constructor(
    private readonly kept: GroupView,
    private readonly fold: GroupFold,
    private readonly now: string,
    private readonly newBatchId: () => string,
  ) {
    this.seq = fold.view?.seq ?? 0;
  }

  get view(): GroupView | undefined {
    return this.fold.view;
  }

  tell(fact: LostFact): void {
    this.facts.push(fact);
    const place = { groupId: this.kept.groupId, seq: ++this.seq, time: fact.firstStoredAt ?? this.now, id: '' };
    applyToView(this.fold, { ...fact, ...place } as RecordedEvent);
  }

  /** The group itself, with the rows before `until`. */
  create(until: number): void {
    const { kept } = this;
    const { followed } = kept;
    const batch_id = this.accept(0, followed ? 0 : until);
    const created = event('GroupCreated', {
      batch_id,
      row_count: followed ? 0 : until,
      generation: 1,
      spec: kept.spec,
      credential_id: kept.credentialId,
      ...(kept.webhookId && { webhook_id: kept.webhookId }),
      ...(kept.mcpServersId && { mcp_servers_id: kept.mcpServersId }),
      owner_fingerprint: kept.ownerFingerprint,
      warnings: kept.warnings,
      origin: kept.origin,
      upstream: kept.upstream,
      estimated_cost_usd: kept.estimatedCostUsd,
      ...(followed && { followed }),
    });
    this.tell({ ...created, firstStoredAt: kept.createdAt });
    if (followed) this.follow(0, until);
  }

  /** Rows of a group that is followed came with their runs, and belong to no command. */
  follow(from: number, until: number): void {
    const rows = this.kept.rows.slice(from, until);
    for (let at = 0; at < rows.length; at += rowsPerEvent) {
      const runs = rows.slice(at, at + rowsPerEvent).map(({ input, runId }) => ({ run_id: runId!, input }));
      this.tell(event('RunsFollowed', { first_row: from + at, runs }));
    }
  }

  append(from: number, until: number): void {
    const batch_id = this.accept(from, until);
    const { credentialId: credential_id } = this.kept;
    const generation = this.view!.generation + 1;
    const [first_row, row_count] = [from, until - from];
    this.tell(event('InputsAppended', { batch_id, first_row, row_count, generation, credential_id }));
  }

  retry(rows: readonly number[]): void {
    for (const row of rows) this.endAttempt(row);
    const { credentialId: credential_id } = this.kept;
    this.tell(event('RetryRequested', { rows: [...rows], generation: this.view!.generation + 1, credential_id }));
  }

  cancel(): void {
    this.tell(event('CancelRequested', { generation: this.view!.generation }));
  }

  /** How the rows that are at their last attempt are, as far as the log does not know. */
  settleRows(): void {
    const rows = this.view!.rows;
    const current = this.kept.rows.filter((row) => rows[row.row]?.attempt === row.attempt);
    const bought = current.filter(({ row, runId }) => runId !== null && rows[row]!.runId === null);
    this.addRuns(bought.map(({ row, attempt, runId }) => ({ key: rowKeyOf(row, attempt), run_id: runId! })));
    for (const row of current) this.report(row, row);
    const refused = current.filter(
      ({ row, status, runId }) => status === 'rejected' && runId === null && !isSettled(rows[row]!.status),
    );
    const runs = refused.map(({ row, attempt, refusal }) => ({
      key: rowKeyOf(row, attempt),
      ...(refusal ?? forgotten),
    }));
    if (runs.length > 0) this.tell(event('RunsRejected', { runs }));
  }

  complete(): void {
    const { kept } = this;
    const { generation, completedGeneration, counts } = this.view!;
    if (generation !== kept.completedGeneration || completedGeneration >= generation) return;
    const isLast = generation === kept.generation;
    const told = { ...(isLast ? kept.counts : counts) } as Record<string, number>;
    const firstStoredAt = isLast ? kept.completedAt : null;
    this.tell({ ...event('GroupCompleted', { generation, counts: told }), ...(firstStoredAt && { firstStoredAt }) });
  }

  private accept(from: number, until: number): string {
    const batch_id = this.newBatchId();
    const chunks = new RowChunks(from);
    const tell = (chunk: ReturnType<RowChunks['close']>) =>
      chunk && this.tell(event('RowsAccepted', { batch_id, first_row: chunk.firstRow, inputs: chunk.inputs }));
    for (const { input } of this.kept.rows.slice(from, until)) tell(chunks.add(input));
    tell(chunks.close());
    return batch_id;
  }

  /** Only an attempt that has ended can be followed by another. */
  private endAttempt(number: number): void {
    const row = this.view!.rows[number];
    if (!row || isSettled(row.status)) return;
    const key = rowKeyOf(number, row.attempt);
    const result = resultOfAttempt(this.kept.rows[number]!, row.attempt);
    if (result && row.runId === null) this.addRuns([{ key, run_id: result.run.run_id }]);
    if (result) this.report({ ...row, run: result.run, output: result.output, runId: result.run.run_id }, row);
    if (!isSettled(row.status)) this.tell(event('RunsRejected', { runs: [{ key, ...forgotten }] }));
  }

  private addRuns(runs: readonly { key: string; run_id: string }[]): void {
    if (runs.length > 0) this.tell(event('RunsAdded', { batch: 1, runs: [...runs] }));
  }

  private report(known: Pick<RowView, 'run' | 'output' | 'runId'>, { row, attempt }: RowView): void {
    const { run, output, runId } = known;
    const logged = this.view!.rows[row]!;
    if (!run || logged.runId !== runId || !advances(logged.status, run.status)) return;
    this.tell(event('RunUpdated', { key: rowKeyOf(row, attempt), run, ...(output && { output }) }));
  }
}

/** The run of an earlier attempt: by the key it was bought with, else the last results belong to the last attempts. */
function resultOfAttempt({ attempt, previous }: RowView, wanted: number): RunResult | undefined {
  const keys = previous.map(({ run }) => parseRowKey(run.metadata?.[rowKeyMetadata])?.attempt);
  if (keys.some((key) => key !== undefined)) return previous[keys.indexOf(wanted)];
  return previous[previous.length - (attempt - wanted)];
}
