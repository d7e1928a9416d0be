import type { FaultBook, Occasion } from '../faults/fault.book';

/** How a body is made to look other than usual, without changing what it says. */
export interface Disguises {
  readonly nulls?: 'absent' | 'explicit';
  readonly unknownFields: boolean;
}

export function disguisesFor(faults: FaultBook, occasion: Occasion): Disguises {
  return {
    nulls: faults.take('nulls', occasion)?.as,
    unknownFields: faults.take('unknown_fields', occasion) !== undefined,
  };
}

/** Keys that may be null or absent at the client's risk, with the keys that tell which object it is. */
const optionalKeys: readonly { has: string; keys: readonly string[] }[] = [
  { has: 'run_id', keys: ['metadata', 'taskgroup_id', 'warnings', 'error'] },
  { has: 'taskgroup_id', keys: ['metadata'] },
  { has: 'basis', keys: ['mcp_tool_calls', 'output_schema', 'beta_fields'] },
];

/** Inputs, contents and metadata are the user's: nothing in them is touched. */
const users = new Set(['input', 'content', 'metadata', 'json_schema', 'input_schema', 'output_schema', 'inputs']);

export function disguised(body: unknown, disguises: Disguises): unknown {
  if (disguises.nulls === undefined && !disguises.unknownFields) return body;
  if (Array.isArray(body)) return body.map((item) => disguised(item, disguises));
  if (typeof body !== 'object' || body === null) return body;
  const result: Record<string, unknown> = {};
  if (disguises.nulls === 'explicit')
    for (const { has, keys } of optionalKeys) if (has in body) for (const key of keys) result[key] = null;
  for (const [key, value] of Object.entries(body)) {
    if (value === null && disguises.nulls === 'absent') continue;
    result[key] = users.has(key) ? value : disguised(value, disguises);
  }
  if (disguises.unknownFields) result.x_emulator_unknown = { added: 'by the emulator', list: [1, null] };
  return result;
}

export const withoutNulls = (body: object): object =>
  Object.fromEntries(Object.entries(body).filter(([, value]) => value !== null));
