import type { RowView } from '@multitask/task-group';

/** Why a row has no answer, or null. A refusal is ours or the upstream's; the rest is what the run reported. */
export function rowError(row: RowView): { message: string; [more: string]: unknown } | null {
  if (row.refusal) return { message: row.refusal.message, code: row.refusal.code };
  const error = row.run?.error;
  return error ? { ...error, message: error.message ?? 'Parallel gave no reason.' } : null;
}
