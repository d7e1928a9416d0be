import { declaredType } from './column.kind';
import { quoted } from './column.names';
import { ownColumns, type FileColumn } from './table.shape';

export const detailColumns = [
  ['taskgroup_id', 'TEXT'],
  ['url', 'TEXT'],
  ['title', 'TEXT'],
  ['processor', 'TEXT'],
  ['status_message', 'TEXT'],
  ['is_active', 'BOOLEAN'],
  ['num_task_runs', 'INTEGER'],
  ['task_run_status_counts', 'JSON TEXT'],
  ['blocked', 'JSON TEXT'],
  ['created_at', 'TEXT'],
  ['modified_at', 'TEXT'],
  ['completed_at', 'TEXT'],
  ['expires_at', 'TEXT'],
  ['generation', 'INTEGER'],
  ['spent_usd', 'REAL'],
  ['estimated_total_usd', 'REAL'],
  ['output_schema', 'JSON TEXT'],
  ['metadata', 'JSON TEXT'],
  ['warnings', 'JSON TEXT'],
  ['upstream', 'TEXT'],
  ['event_id', 'TEXT'],
  ['notice', 'TEXT'],
] as const;

/** A file nobody has opened yet needs no protection from a crash: one that was cut off is thrown away. */
export const settings = `
pragma page_size = 8192;
pragma journal_mode = off;
pragma synchronous = off;
pragma locking_mode = exclusive;
pragma temp_store = memory;
pragma application_id = 0x4d544752;
`;

/** Everything there is to know before the first row is written. */
export function schema(columns: readonly FileColumn[]): string {
  const own = ownColumns.map(([name, type]) => `${quoted(name)} ${type}`);
  const fields = columns.map(({ column, kind }) => `${quoted(column)} ${declaredType[kind]}`.trimEnd());
  return `
create table details (${detailColumns.map(([name, type]) => `${name} ${type}`).join(', ')});
create table runs (${[...own, ...fields].join(', ')});
create table fields (position INTEGER PRIMARY KEY, field TEXT, "column" TEXT, kind TEXT);
create table basis ("row" INTEGER references runs("$row"), field TEXT, confidence TEXT, reasoning TEXT, citations JSON TEXT);
create index basis_row on basis("row");
create table previous ("row" INTEGER references runs("$row"), run_id TEXT, status TEXT, error TEXT, output JSON TEXT);
create view citations as
  select basis."row", basis.field, basis.confidence,
    json_extract(citation.value, '$.url') as url,
    json_extract(citation.value, '$.title') as title,
    json_extract(citation.value, '$.excerpts') as excerpts
  from basis, json_each(basis.citations) as citation;
`;
}

export const insertInto = (table: string, columns: number): string =>
  `insert into ${table} values (${Array.from({ length: columns }, () => '?').join(', ')})`;
