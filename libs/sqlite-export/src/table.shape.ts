import type { GroupSpec, JsonValue } from '@multitask/contracts';
import { ColumnFinder, Columns } from '@multitask/result-formats';
import { flatName, flattenRow, type RowView } from '@multitask/task-group';
import { columnNames } from './column.names';
import { promisedKind, widened, type ColumnKind } from './column.kind';

/** Columns of `runs` that are ours: users' names that begin with `$` begin with `$$` there. */
export const ownColumns = [
  ['$row', 'INTEGER PRIMARY KEY'],
  ['$id', 'TEXT'],
  ['$status', 'TEXT'],
  ['$error', 'TEXT'],
  ['$attempt', 'INTEGER'],
  ['$created_at', 'TEXT'],
  ['$modified_at', 'TEXT'],
  ['$seconds', 'REAL'],
] as const;

/** One field of the flat row and the column it stands in. */
export interface FileColumn {
  readonly field: string;
  readonly column: string;
  readonly kind: ColumnKind;
}

/** Learns from rows, one after the other, which columns their table has and what each holds. */
export class TableShape {
  private readonly finder = new ColumnFinder();
  private readonly kinds = new Map<string, ColumnKind>();

  see(row: RowView): void {
    this.finder.see(row);
    for (const [name, value] of Object.entries(flattenRow(row))) {
      // Names that never get a column are not kept: see the limit of columns.
      const seen = this.kinds.get(name);
      if (seen !== undefined) this.kinds.set(name, widened(seen, value));
      else if (this.kinds.size < maxKinds) this.kinds.set(name, widened('empty', value));
    }
  }

  columns(spec: GroupSpec): { readonly cells: Columns; readonly list: readonly FileColumn[] } {
    const cells = this.finder.columns(spec);
    const names = columnNames(
      cells.names,
      ownColumns.map(([name]) => name),
    );
    const promised = promises(spec);
    const list = cells.names.map((field, index) => {
      const seen = field === '$more' ? 'json' : (this.kinds.get(field) ?? 'empty');
      return { field, column: names[index]!, kind: seen === 'empty' ? promisedKind(promised.get(field)) : seen };
    });
    return { cells, list };
  }
}

/** Twice as many as there may be columns: entered and found are counted apart there. */
const maxKinds = 2_100;

function promises({ output }: GroupSpec): Map<string, JsonValue> {
  if (output.type === 'text') return new Map([['output', { type: 'string' }]]);
  const properties = output.type === 'json' ? output.json_schema.properties : undefined;
  if (typeof properties !== 'object' || properties === null || Array.isArray(properties)) return new Map();
  return new Map(Object.entries(properties).map(([name, schema]) => [flatName(name), schema]));
}
