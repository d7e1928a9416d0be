import type { GroupSpec } from '@multitask/contracts';
import { flatName, inputFields, outputFields, type RowView } from '@multitask/task-group';

/**
 * The columns of a table of these rows, in reading order: what was entered, then what was asked for (known from the schema
 * before the first answer is there), then whatever else the answers hold. `$id` and `$status` are not among them.
 */
export function columnsOf(spec: GroupSpec, rows: Iterable<RowView>): string[] {
  const entered = new Set<string>();
  const found = new Set<string>();
  let clash = false;
  for (const row of rows) {
    const own = new Set<string>();
    for (const [name] of inputFields(row.input)) {
      entered.add(name);
      own.add(name);
    }
    if (!row.output) continue;
    for (const [name] of outputFields(row.output)) {
      found.add(name);
      clash ||= own.has(name);
    }
  }
  return [...new Set([...entered, ...askedFor(spec), ...found, ...(clash ? ['$input'] : [])])];
}

function askedFor({ output }: GroupSpec): string[] {
  if (output.type === 'text') return ['output'];
  if (output.type === 'auto') return [];
  const { properties } = output.json_schema;
  return typeof properties === 'object' && properties !== null ? Object.keys(properties).map(flatName) : [];
}
