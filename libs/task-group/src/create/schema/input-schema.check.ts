import type { FieldError, GroupWarning, JsonObject, JsonValue, RowInput } from '@multitask/contracts';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020';
import { charactersOf } from '../input-row';
import { boundsFaults, unfoldedSize } from './schema.bounds';
import { metaSchemaFaults, withoutIdentity } from './meta-schema';

/** Schemas visited over all rows; a check is a service to the user and may not hold up everybody else. */
const visitBudget = 2_000_000;

/**
 * A schema that unfolds to more is not compiled: 100 take some 30 ms, 1,000 most of a second, and all that time nobody else is
 * served.
 */
const maxUnfolded = 100;

/** Of one row: a list of 12,000 values against 100 alternatives would be a million visits, each with an error of its own. */
const visitsOfRow = 50_000;

/** Rows above this are rejected anyway. */
const maxRowCharacters = 25_000;

const shownRows = 20;

export function inputSchemaFaults(schema: JsonObject, field = 'input_schema'): FieldError[] {
  const faults = boundsFaults(schema, field);
  return faults.length > 0 ? faults : metaSchemaFaults(schema, field);
}

/**
 * Tells which rows do not match the caller's `input_schema`. A mismatch is a warning: the upstream takes such rows too.
 * Patterns and formats are not evaluated, since a user's regular expression may take for ever, and neither is `uniqueItems`,
 * which compares every value with every other.
 */
export class InputSchemaCheck {
  private readonly validate: ValidateFunction | undefined;
  private readonly visitsPerRow: number;
  private readonly found: GroupWarning[] = [];
  private mismatches = 0;
  private budget = visitBudget;
  private unchecked = 0;

  constructor(schema: JsonObject | undefined) {
    this.visitsPerRow = schema ? unfoldedSize(schema) : 0;
    if (!schema || this.visitsPerRow > maxUnfolded) return;
    const everything = Object.assign(() => ({ test: () => true }), { code: '() => ({ test: () => true })' });
    const ajv = new Ajv2020({
      strict: false,
      logger: false,
      validateFormats: false,
      addUsedSchema: false,
      inlineRefs: false,
      // It was checked against the meta-schema before, and code that runs a few times is not worth making better.
      validateSchema: false,
      code: { regExp: everything, optimize: false },
    });
    ajv.removeKeyword('uniqueItems');
    try {
      this.validate = ajv.compile(withoutIdentity(schema));
    } catch {
      // Valid by the meta-schema and yet not usable: the upstream has the last word, rows are simply not checked here.
    }
  }

  add(input: RowInput, row: number): void {
    if (this.visitsPerRow === 0) return;
    const visits = this.visitsPerRow * repetitionsIn(input);
    if (!this.validate || this.budget <= 0 || visits > visitsOfRow || charactersOf(input) > maxRowCharacters) {
      this.unchecked++;
      return;
    }
    this.budget -= visits;
    if (this.validate(input)) return;
    this.mismatches++;
    if (this.found.length >= shownRows) return;
    const [error] = this.validate.errors ?? [];
    const place = (error?.instancePath ?? '').replaceAll('/', '.');
    this.found.push({
      code: 'input_schema_mismatch',
      field: `inputs[${row}]${place}`,
      message: `inputs[${row}]${place} does not match input_schema: it ${error?.message ?? 'is different'}.`,
    });
  }

  warnings(): GroupWarning[] {
    const more = this.mismatches - this.found.length;
    return [
      ...this.found,
      ...(more > 0 ? [note(`${more} more rows do not match input_schema.`)] : []),
      ...(this.unchecked > 0 ? [note(`${this.unchecked} rows were not checked against input_schema.`)] : []),
    ];
  }
}

/** How often a schema may be applied within one value: once for each element of its lists, and of objects with many keys. */
function repetitionsIn(value: JsonValue): number {
  let repetitions = 1;
  const stack: JsonValue[] = [value];
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    if (typeof next !== 'object' || next === null) continue;
    const inner = Object.values(next);
    // Names are looked up; only an object of more than anybody writes by hand is one to be walked.
    if (Array.isArray(next) || inner.length > 50) repetitions += inner.length;
    for (const part of inner) stack.push(part);
  }
  return repetitions;
}

const note = (message: string): GroupWarning => ({ code: 'input_schema_mismatch', field: 'input_schema', message });
