import { sentence } from './words';

/** Problem details, as the API answers them. */
export interface Problem {
  readonly title?: string;
  readonly detail?: string;
  readonly code?: string;
  readonly field?: string;
  readonly errors?: readonly { readonly field: string; readonly message: string }[];
}

export interface Placed {
  /** Field of the form; undefined for what belongs to none. */
  readonly field: string | undefined;
  readonly message: string;
}

/** Names of the API that the form calls otherwise. */
const otherNames: Readonly<Record<string, string>> = { 'x-api-key': 'api_key', Authorization: 'api_key' };

/** Beside which fields of the form a refusal is told. `fields` are those the form has. */
export function placesOf(problem: Problem, fields: readonly string[]): Placed[] {
  const faults =
    problem.errors && problem.errors.length > 0
      ? problem.errors.map(({ field, message }) => ({ path: field, message }))
      : [{ path: problem.field, message: undefined }];
  return faults.map(({ path, message }) => {
    const field = path === undefined ? undefined : homeOf(path, fields);
    const whole = problem.detail ?? problem.title ?? 'The service refused this.';
    if (message === undefined || (faults.length === 1 && field === undefined)) return { field, message: inRows(whole) };
    return { field, message: field === path ? sentence(message) : inRows(`${path} ${message}.`) };
  });
}

/** `mcp_servers[2].name` is told at `mcp_servers`, and `source_policy` at the first of its parts. */
function homeOf(path: string, fields: readonly string[]): string | undefined {
  if (Object.hasOwn(otherNames, path)) return fields.find((field) => field === otherNames[path]);
  const around = fields
    .filter((field) => path === field || (path.startsWith(field) && /[.[]/.test(path[field.length]!)))
    .sort((a, b) => b.length - a.length)[0];
  return around ?? fields.find((field) => field.startsWith(`${path}.`));
}

/** People count rows from 1; the API from 0. */
const inRows = (text: string): string => text.replace(/^inputs\[(\d{1,9})\]/, (_all, row) => `Row ${Number(row) + 1}`);
