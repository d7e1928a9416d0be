import { applyToView, emptyFold, type GroupHeader, type GroupView, type RowView } from '@multitask/task-group';
import type { GroupFacts } from '../tables/read.table';
import type { LoadPlan } from './batch.plan';
import { jobEvents, type FoldedEvent } from './jobs.projection';
import type { CommittedPart, StagedChunk } from './staged-rows.repository';

export interface FoldResult {
  readonly groupId: string;
  /** Undefined when the batch did not make the group known. */
  readonly header: GroupHeader | undefined;
  /** When the batch settled or forgot them, else null. */
  readonly facts: GroupFacts | null;
  readonly changedRows: RowView[];
  /** Rows of a followed group, which come without a command; they are among the changed ones as well. */
  readonly followedRows: RowView[];
  readonly committedParts: CommittedPart[];
  readonly committedBatches: string[];
  /** Events that a job may follow from, each with the header as it was then. */
  readonly folded: FoldedEvent[];
}

/**
 * Folds a batch with the very function that readers fold with, over a view that holds only the rows the batch can touch:
 * `rows` is sparse. New rows get their inputs inside the database, from the staged chunks.
 */
export function foldBatch(
  plan: LoadPlan,
  header: GroupHeader | undefined,
  rows: readonly RowView[],
  staged: readonly StagedChunk[],
): FoldResult {
  const fold = emptyFold(plan.groupId);
  const before = header?.seq ?? 0;
  if (header) fold.view = sparseView(header, rows);
  const commits = new Set<number>();
  const committedParts: CommittedPart[] = [];
  const committedBatches: string[] = [];
  const folded: FoldedEvent[] = [];
  for (const event of plan.events) {
    // Chunks are handed to the fold when a command commits them; their inputs stay in the database.
    if (event.name === 'RowsAccepted') {
      if (fold.view && !fold.view.expiredAt) fold.view.seq = Math.max(fold.view.seq, event.seq);
      continue;
    }
    if (event.name === 'GroupCreated' || event.name === 'InputsAppended') {
      const chunks = chunksBefore(staged, event.data.batch_id, event.seq);
      fold.staged.set(event.data.batch_id, chunks.map(withoutInputs));
      const rowsBefore = fold.view?.rows.length ?? 0;
      const previous = fold.view && headerOf(fold.view);
      applyToView(fold, event);
      // A command that cannot follow leaves its chunks where they are.
      if (fold.staged.delete(event.data.batch_id)) continue;
      commits.add(event.seq);
      committedBatches.push(event.data.batch_id);
      committedParts.push(...partsBetween(chunks, rowsBefore, fold.view?.rows.length ?? 0, event.seq));
      if (fold.view && previous) folded.push({ event, header: headerOf(fold.view), previous });
      continue;
    }
    const isWork = jobEvents.has(event.name);
    const previous = isWork && fold.view ? headerOf(fold.view) : undefined;
    applyToView(fold, event);
    if (fold.view?.seq === event.seq && isWork) folded.push({ event, header: headerOf(fold.view), previous });
  }
  const changedRows: RowView[] = [];
  const followedRows = followedIn(plan, fold.view, header?.rowCount ?? 0);
  fold.view?.rows.forEach((row) => {
    // A row that was only committed is made inside the database.
    if (row.updatedSeq > before && !commits.has(row.updatedSeq)) changedRows.push(row);
  });
  const after = fold.view && headerOf(fold.view);
  const facts = after && factsIfNew(after, header);
  const { groupId } = plan;
  return {
    groupId,
    header: after,
    facts: facts ?? null,
    changedRows,
    followedRows,
    committedParts,
    committedBatches,
    folded,
  };
}

/** An event that came twice makes no second row: only numbers that were not there before count. */
function followedIn(plan: LoadPlan, view: GroupView | undefined, rowsBefore: number): RowView[] {
  const rows = plan.events.flatMap((event) =>
    event.name === 'RunsFollowed'
      ? (view?.rows.slice(event.data.first_row, event.data.first_row + event.data.runs.length) ?? [])
      : [],
  );
  return [...new Set(rows)].filter((row) => row && row.row >= rowsBefore);
}

/** The fold replaces what it changes, so the very same objects mean that nothing was. */
const factsIfNew = ({ spec, warnings }: GroupHeader, before: GroupHeader | undefined): GroupFacts | null =>
  spec === before?.spec && warnings === before.warnings ? null : { spec, warnings };

function headerOf(view: GroupView): GroupHeader {
  const { rows: _, ...header } = view;
  return header;
}

function sparseView(header: GroupHeader, rows: readonly RowView[]): GroupView {
  const sparse: RowView[] = [];
  sparse.length = header.rowCount;
  for (const row of rows) sparse[row.row] = row;
  return { ...header, rows: sparse };
}

const withoutInputs = (chunk: StagedChunk) => ({
  firstRow: chunk.firstRow,
  inputs: new Array<string>(chunk.rowCount).fill(''),
});

const chunksBefore = (staged: readonly StagedChunk[], batchId: string, beforeSeq: number) =>
  staged.filter((chunk) => chunk.batchId === batchId && chunk.seq < beforeSeq).sort((a, b) => a.firstRow - b.firstRow);

/** Which part of which chunk filled the rows from `from` up to `to`; a chunk that came twice fills nothing the second time. */
export function partsBetween(
  chunks: readonly StagedChunk[],
  from: number,
  to: number,
  updatedSeq: number,
): CommittedPart[] {
  const parts: CommittedPart[] = [];
  let next = from;
  for (const chunk of chunks) {
    const skip = next - chunk.firstRow;
    const rowCount = Math.min(chunk.rowCount - skip, to - next);
    if (skip < 0 || rowCount <= 0) continue;
    parts.push({ seq: chunk.seq, skip, firstRow: next, rowCount, updatedSeq });
    next += rowCount;
  }
  return parts;
}
