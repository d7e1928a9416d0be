import { MultitaskError, runStatuses } from '@multitask/contracts';
import { flatName, type RowStatus } from '@multitask/task-group';

/** Whose reasoning and citations come along: everybody's, nobody's, one field's, or one row's. */
export type BasisChoice = { of: 'all' } | { of: 'none' } | { of: 'field'; field: string } | { of: 'row'; row: number };

/** What a reader asked to see of a group. */
export interface ResultQuery {
  readonly statuses: ReadonlySet<RowStatus> | undefined;
  /** Undefined: all rows. */
  readonly limit: number | undefined;
  /** Number of the first row to look at. */
  readonly from: number;
  /** Names in the flat row; undefined: all. `$id` and `$status` always come along. */
  readonly fields: readonly string[] | undefined;
  readonly basis: BasisChoice;
  /** Whether a table for spreadsheets begins with a byte order mark. */
  readonly bom?: boolean;
}

export const wholeResult: ResultQuery = {
  statuses: undefined,
  limit: undefined,
  from: 0,
  fields: undefined,
  basis: { of: 'all' },
  bom: false,
};

export type QueryParameters = Readonly<Record<string, string | readonly string[] | undefined>>;

export const maxPageRows = 10_000;

/** Throws `invalid_field`, naming the parameter; parameters that mean nothing here are left to others. */
export function parseResultQuery(parameters: QueryParameters): ResultQuery {
  return {
    statuses: statusesOf(parameters.status),
    limit: limitOf(parameters.limit),
    from: rowOfCursor(parameters.cursor),
    fields: listOf(parameters.fields),
    basis: basisOf(parameters.basis),
    bom: booleanOf('bom', parameters.bom),
  };
}

/** Opaque to clients. Rows are only ever added at the end, so their number is a lasting position. */
export const cursorOfRow = (row: number): string => `r${row}`;

type Parameter = QueryParameters[string];

function statusesOf(value: Parameter): ReadonlySet<RowStatus> | undefined {
  const names = listOf(value);
  if (!names) return undefined;
  const known: readonly string[] = [...runStatuses, 'rejected'];
  const stranger = names.find((name) => !known.includes(name));
  if (stranger !== undefined || names.length === 0)
    throw invalid('status', `Use ${known.join(', ')}, separated by commas.`);
  return new Set(names as RowStatus[]);
}

function limitOf(value: Parameter): number | undefined {
  const text = one('limit', value);
  if (text === undefined) return undefined;
  const limit = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  if (limit < 1 || limit > maxPageRows) throw invalid('limit', `Use a whole number from 1 to ${maxPageRows}.`);
  return limit;
}

function rowOfCursor(value: Parameter): number {
  const text = one('cursor', value);
  if (text === undefined) return 0;
  const row = /^r(\d{1,9})$/.exec(text)?.[1];
  if (row === undefined) throw invalid('cursor', 'Use the next_cursor of an earlier answer, unchanged.');
  return Number(row);
}

function basisOf(value: Parameter): BasisChoice {
  const text = one('basis', value);
  if (text === undefined || text === 'all') return { of: 'all' };
  if (text === 'none') return { of: 'none' };
  const row = /^row:(\d{1,9})$/.exec(text)?.[1];
  if (row !== undefined) return { of: 'row', row: Number(row) };
  if (/^field:./s.test(text)) return { of: 'field', field: text.slice('field:'.length) };
  throw invalid('basis', 'Use all, none, field:<name> or row:<number>, where rows count from 0.');
}

function booleanOf(name: string, value: Parameter): boolean {
  const text = one(name, value);
  if (text === undefined || text === 'false' || text === '0') return false;
  if (text === 'true' || text === '1' || text === '') return true;
  throw invalid(name, 'Use true or false.');
}

/** A parameter may be repeated, and each value may hold several names separated by commas. */
function listOf(value: Parameter): string[] | undefined {
  if (value === undefined) return undefined;
  return [value]
    .flat()
    .flatMap((part) => part.split(','))
    .filter((name) => name !== '');
}

function one(name: string, value: Parameter): string | undefined {
  if (value === undefined || typeof value === 'string') return value;
  throw invalid(name, 'Give it once.');
}

export const invalid = (field: string, message: string): MultitaskError =>
  new MultitaskError('invalid_field', `Query parameter ${field}: ${message}`, { field });

/** `field:capital` names the output's own field; the flat row may spell it otherwise. */
export const meansField = (choice: BasisChoice, field: string): boolean =>
  choice.of === 'all' ||
  (choice.of === 'field' &&
    (field === choice.field || field.startsWith(`${choice.field}.`) || flatName(field) === choice.field));
