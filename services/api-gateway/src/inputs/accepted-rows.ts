import { setImmediate } from 'node:timers/promises';
import {
  limits,
  MultitaskError,
  type GroupWarning,
  type JsonObject,
  type JsonValue,
  type RowInput,
} from '@multitask/contracts';
import {
  charactersOf,
  checkRowCount,
  faultOfRow,
  InputSchemaCheck,
  refuse,
  RowChunks,
  type RowChunk,
} from '@multitask/task-group';
import type { RowBatches } from './row.batches';
import { RowSpool } from './row.spool';

/** Rows shown by a dry run, and to the upstream when it suggests a schema. */
const previewRows = 5;

const reportedFaults = 20;

/** How long rows are worked on before others get their turn: of small ones, thousands arrive at once. */
const turnMs = 2;
const rowsBetweenLooks = 64;

/** A task spec has at most 15,000 of the 25,000 characters the upstream takes; a row below the difference always fits. */
const surelyFits = limits.specAndInputCharacters - limits.specCharacters;

/** All rows of one request: checked, counted and spooled. */
export interface AcceptedRows {
  readonly count: number;
  readonly digest: string;
  readonly preview: readonly RowInput[];
  /** Rows that will be rejected alone, being too large together with a task spec of so many characters. */
  oversized(specCharacters: number): number[];
  chunks(): AsyncIterable<RowChunk>;
  dispose(): Promise<void>;
}

/** Takes rows as they come; throws `invalid_inputs` naming each bad row, or the limit that was met. */
export async function acceptRows(
  batches: RowBatches | Iterable<readonly JsonValue[] | Generator<JsonValue>>,
  maxRows: number,
): Promise<AcceptedRows> {
  const spool = new RowSpool();
  try {
    return await gather(batches, maxRows, spool);
  } catch (error) {
    await spool.dispose();
    throw error;
  }
}

async function gather(
  batches: RowBatches | Iterable<readonly JsonValue[] | Generator<JsonValue>>,
  maxRows: number,
  spool: RowSpool,
): Promise<AcceptedRows> {
  const chunks = new RowChunks();
  const preview: RowInput[] = [];
  const large: { row: number; characters: number }[] = [];
  const faults: NonNullable<ReturnType<typeof faultOfRow>>[] = [];
  let count = 0;
  let since = performance.now();
  for await (const batch of batches)
    for (const value of batch) {
      const row = count++;
      if (count % rowsBetweenLooks === 0 && performance.now() - since >= turnMs) {
        await setImmediate();
        since = performance.now();
      }
      checkRowCount(count, undefined, maxRows);
      const fault = faultOfRow(value, row);
      if (fault) faults.push(fault);
      if (faults.length >= reportedFaults) refuse('invalid_inputs', faults);
      if (faults.length > 0) continue;
      const input = value as RowInput;
      const characters = charactersOf(input);
      if (characters > limits.rowCharacters)
        throw new MultitaskError('too_large', `inputs[${row}] is longer than ${limits.rowCharacters} characters.`, {
          field: `inputs[${row}]`,
        });
      if (characters > surelyFits) large.push({ row, characters });
      if (preview.length < previewRows) preview.push(input);
      const full = chunks.add(input, characters);
      if (full) await spool.add(full);
    }
  if (faults.length > 0) refuse('invalid_inputs', faults);
  checkRowCount(count, undefined, maxRows);
  const last = chunks.close();
  if (last) await spool.add(last);
  return {
    count,
    digest: spool.digest(),
    preview,
    oversized: (specCharacters) =>
      large
        .filter(({ characters }) => characters + specCharacters > limits.specAndInputCharacters)
        .map(({ row }) => row),
    chunks: () => spool.chunks(),
    dispose: () => spool.dispose(),
  };
}

/** Which rows do not match the caller's `input_schema`. A pass of its own: in a form, the file may come before the schema. */
export async function inputSchemaWarnings(rows: AcceptedRows, schema: JsonObject | undefined): Promise<GroupWarning[]> {
  if (!schema) return [];
  const check = new InputSchemaCheck(schema);
  let since = performance.now();
  for await (const chunk of rows.chunks())
    for (const [i, input] of chunk.inputs.entries()) {
      check.add(input, chunk.firstRow + i);
      if (performance.now() - since < turnMs) continue;
      await setImmediate();
      since = performance.now();
    }
  return check.warnings();
}

/** Said of rows that will be rejected alone. */
export const oversizedWarning = (rows: readonly number[]): GroupWarning[] =>
  rows.length === 0
    ? []
    : [
        {
          code: 'row_too_large',
          field: `inputs[${rows[0]}]`,
          message: `${rows.length === 1 ? `inputs[${rows[0]}] is` : `${rows.length} rows, the first of them inputs[${rows[0]}], are`} too large together with the task specification and will be rejected; the others are worked on.`,
        },
      ];
