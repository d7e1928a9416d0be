import { limits } from '@multitask/contracts';
import { flattenRow, type GroupHeader, type RowView } from '@multitask/task-group';
import { taskRunOf } from '../json/run.json';
import { rowError } from '../rows/row-error';
import type { Frame } from './frame';

type Group = Pick<GroupHeader, 'groupId' | 'spec'>;

/** Rows of one frame; with their texts in between 1 KiB and `frameLength`. */
const rowsPerFrame = 500;
const frameLength = 64 * 1024;

/** Each row as the reader shall hold it from now on: bought rows by `task_run.state`, the others together in `rows`. */
export function* rowFrames(rows: Iterable<RowView>, group: Group): Generator<Frame> {
  let unbought: object[] = [];
  let length = 0;
  for (const row of rows) {
    if (row.runId !== null) {
      yield taskRunState(row, group);
      continue;
    }
    const entry = { row: row.row, attempt: row.attempt, result: flattenRow(row), error: rowError(row) };
    unbought.push(entry);
    length += JSON.stringify(entry).length;
    if (unbought.length < rowsPerFrame && length < frameLength) continue;
    yield { event: 'rows', data: { rows: unbought } };
    unbought = [];
    length = 0;
  }
  if (unbought.length > 0) yield { event: 'rows', data: { rows: unbought } };
}

/** The upstream's event of this name, with our row number, attempt and flat row beside its own fields. */
export function taskRunState(row: RowView, group: Group): Frame {
  const { output, result } = outputOf(row, group);
  const input = { input: row.input, processor: group.spec.processor };
  const data = { row: row.row, attempt: row.attempt, run: taskRunOf(row, group), input, output, result };
  return { event: 'task_run.state', data, row: row.row };
}

/** A large output is fetched by whoever needs it, instead of being pushed at every reader. */
function outputOf(row: RowView, group: Group): { output: unknown; result: unknown } {
  if (row.output === null || JSON.stringify(row.output).length <= limits.sseResultBytes)
    return { output: row.output, result: flattenRow(row) };
  const output_url = `/${group.groupId}/runs/${row.runId}.json`;
  return { output: { type: row.output.type, output_url }, result: flattenRow({ ...row, output: null }) };
}
