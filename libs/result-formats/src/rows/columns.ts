import type { GroupSpec, JsonValue } from '@multitask/contracts';
import { flatName, inputFields, outputFields, type FlatRow, type RowView } from '@multitask/task-group';

/**
 * Columns of their own at most. Rows may each bring names that no other row has: 100,000 rows by as many columns would be ten
 * thousand million cells. What is beyond stands together in {@link moreColumn}.
 */
export const maxColumns = 1_000;

/** An object with the fields that have no column of their own. Nobody's field can be called so: theirs would begin with `$$`. */
export const moreColumn = '$more';

/** The columns of a table, without `$id` and `$status`. */
export class Columns {
  private readonly own: ReadonlySet<string>;

  constructor(readonly names: readonly string[]) {
    this.own = new Set(names);
  }

  /** One value a column; undefined where the row has none. */
  cells(row: FlatRow): (JsonValue | undefined)[] {
    return this.names.map((name) =>
      Object.hasOwn(row, name) ? row[name] : name === moreColumn ? this.others(row) : undefined,
    );
  }

  private others(row: FlatRow): JsonValue | undefined {
    const others = Object.entries(row).filter(([name]) => name !== '$id' && name !== '$status' && !this.own.has(name));
    return others.length > 0 ? Object.fromEntries(others) : undefined;
  }
}

/** Learns from rows, one after the other, which columns a table of them has. */
export class ColumnFinder {
  private readonly entered = new Set<string>();
  private readonly found = new Set<string>();
  private clash = false;
  private isFull = false;

  see(row: RowView): void {
    const own = new Set<string>();
    for (const [name] of inputFields(row.input)) {
      this.note(this.entered, name);
      own.add(name);
    }
    if (!row.output) return;
    for (const [name] of outputFields(row.output)) {
      this.note(this.found, name);
      this.clash ||= own.has(name);
    }
  }

  /** In reading order: what was entered, then what was asked for (known before the first answer is there), then whatever else the answers hold. */
  columns(spec: GroupSpec): Columns {
    const names = [...new Set([...this.entered, ...askedFor(spec), ...this.found])];
    const isFull = this.isFull || names.length > maxColumns;
    return new Columns([
      ...names.slice(0, maxColumns),
      ...(this.clash ? ['$input'] : []),
      ...(isFull ? [moreColumn] : []),
    ]);
  }

  private note(names: Set<string>, name: string): void {
    if (names.size < maxColumns) names.add(name);
    else this.isFull ||= !names.has(name);
  }
}

export function columnsIn(spec: GroupSpec, rows: Iterable<RowView>): Columns {
  const finder = new ColumnFinder();
  for (const row of rows) finder.see(row);
  return finder.columns(spec);
}

export const columnsOf = (spec: GroupSpec, rows: Iterable<RowView>): string[] => [...columnsIn(spec, rows).names];

function askedFor({ output }: GroupSpec): string[] {
  if (output.type === 'text') return ['output'];
  if (output.type === 'auto') return [];
  const { properties } = output.json_schema;
  return typeof properties === 'object' && properties !== null ? Object.keys(properties).map(flatName) : [];
}
