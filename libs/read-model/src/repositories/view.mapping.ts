import type { GroupHeader, RowView } from '@multitask/task-group';
import type { Insertable, Selectable } from 'kysely';
import type { GroupFacts, GroupsTable, RowsTable } from '../tables/read.table';
import { partitionOf } from '@multitask/contracts';

const dayMs = 86_400_000;
/** A group may take a month to finish, and is never kept longer than its time to live after that. */
const longestWorkDays = 33;

export function rowView(row: Selectable<RowsTable>): RowView {
  return {
    row: row.row_index,
    input: row.input,
    attempt: row.attempt,
    status: row.status,
    runId: row.run_id,
    run: row.run,
    output: row.output,
    refusal: row.refusal,
    previous: row.previous ?? [],
    updatedSeq: row.updated_seq,
  };
}

const dateOrNull = (value: string | null): Date | null => (value === null ? null : new Date(value));

export const wholeHeader = (columns: { header: GroupHeader; facts: GroupFacts | null }): GroupHeader => ({
  ...columns.header,
  ...columns.facts,
});

/** Columns of a header that may have come without its facts: `facts` is given only when they are new. */
export function groupColumns(header: GroupHeader, facts: GroupFacts | null): Insertable<GroupsTable> {
  const { title, processor, ttl_days } = header.spec;
  const thin = { ...header, spec: { title, processor, output: { type: 'auto' }, ttl_days }, warnings: [] };
  return {
    id: header.groupId,
    partition: partitionOf(header.groupId),
    seq: header.seq,
    generation: header.generation,
    completed_generation: header.completedGeneration,
    owner_fingerprint: header.ownerFingerprint,
    title: header.spec.title?.replaceAll('\0', '') ?? null,
    processor: header.spec.processor.replaceAll('\0', ''),
    row_count: header.rowCount,
    counts: JSON.stringify(header.counts),
    blocked_reason: header.blocked?.reason ?? null,
    created_at: new Date(header.createdAt),
    completed_at: dateOrNull(header.completedAt),
    expires_at: dateOrNull(header.expiresAt),
    lifetime_ends_at: new Date(Date.parse(header.createdAt) + (header.spec.ttl_days + longestWorkDays) * dayMs),
    expired_at: dateOrNull(header.expiredAt),
    header: JSON.stringify(thin),
    facts: facts && JSON.stringify(facts),
  };
}
