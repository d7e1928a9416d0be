/** 128 bits: knowing a group's id is what allows reading it, so an id must never be guessable. */
const taskGroupIdPattern = /^tgrp_[0-9a-f]{32}$/;
const runIdPattern = /^trun_[0-9a-f]{32}$/;

export const isTaskGroupId = (value: string): boolean => taskGroupIdPattern.test(value);
export const isRunId = (value: string): boolean => runIdPattern.test(value);

/** Never changed: a group's subject, and with it every stored event, depends on it. */
export const partitionCount = 16;

/** The partition of a group: FNV-1a of the id's characters modulo 16, as two digits. */
export function partitionOf(groupId: string): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < groupId.length; i++) {
    hash ^= groupId.charCodeAt(i);
    hash = Math.imul(hash, 0x01000193) >>> 0;
  }
  return String(hash % partitionCount).padStart(2, '0');
}

export const allPartitions: readonly string[] = Array.from({ length: partitionCount }, (_, i) =>
  String(i).padStart(2, '0'),
);

/**
 * Names one purchase of one row: `<row>.<attempt>`, both counted as people count attempts and programs count rows (`17.1` is
 * the first purchase of the eighteenth row). It travels in the run's metadata, so that a run can be matched to its row
 * whatever order the upstream answers in. Under 16 characters for every row we accept.
 */
export type RowKey = string;

export const rowKeyOf = (row: number, attempt: number): RowKey => `${row}.${attempt}`;

export function parseRowKey(key: unknown): { row: number; attempt: number } | undefined {
  const match = typeof key === 'string' ? /^(0|[1-9]\d{0,8})\.([1-9]\d{0,8})$/.exec(key) : null;
  return match ? { row: Number(match[1]), attempt: Number(match[2]) } : undefined;
}

/** The metadata key that carries a {@link RowKey} upstream, where keys are at most 16 characters. */
export const rowKeyMetadata = 'multitask_row';
