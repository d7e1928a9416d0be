import type { RowView } from '@multitask/task-group';

/** Frames were made of it; a fold that goes on needs only the row's state, and stays small whatever was found. */
export function forgetResult(row: RowView): void {
  row.run = null;
  row.output = null;
  row.previous = [];
}
