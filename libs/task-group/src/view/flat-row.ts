import type { JsonObject, JsonValue, RowInput, TaskRunOutput } from '@multitask/contracts';
import type { RowView } from './group-view';

/** Names we own in a flat row; nothing a user sends can take them. */
export type FlatRow = { $id: string | null; $status: string } & { [name: string]: JsonValue };

/**
 * `{$id, $status, ...input, ...output}`. A leading `$` of a user's name becomes `$$`; a string row is `input`, a text result
 * `output`. Where both sides have a name the output keeps it and the input stays under `$input`.
 */
export function flattenRow(row: Pick<RowView, 'runId' | 'status' | 'input' | 'output'>): FlatRow {
  const input = inputFields(row.input);
  const output = row.output ? outputFields(row.output) : [];
  const taken = new Set(output.map(([name]) => name));
  const hidden = input.filter(([name]) => taken.has(name));
  return Object.fromEntries([
    ['$id', row.runId],
    ['$status', row.status],
    ...input,
    ...output,
    ...(hidden.length > 0 ? [['$input', Object.fromEntries(hidden)] as const] : []),
  ]) as FlatRow;
}

type Field = readonly [name: string, value: JsonValue];

export const inputFields = (input: RowInput): Field[] =>
  typeof input === 'string' ? [['input', input]] : fieldsOf(input);

/** The upstream shows a JSON result now and then as its text: read it if it is one. */
export function outputFields(output: TaskRunOutput): Field[] {
  const content =
    typeof output.content === 'string' && output.type === 'json' ? parsed(output.content) : output.content;
  return typeof content === 'string' ? [['output', content]] : fieldsOf(content);
}

const fieldsOf = (object: JsonObject): Field[] =>
  Object.entries(object).map(([name, value]) => [flatName(name), value]);

/** How a user's own name is spelled in a flat row. */
export const flatName = (name: string): string => (name.startsWith('$') ? `$${name}` : name);

function parsed(text: string): string | JsonObject {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : text;
  } catch {
    return text;
  }
}
