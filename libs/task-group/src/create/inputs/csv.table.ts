import { MultitaskError, type JsonObject } from '@multitask/contracts';

/** Which separator a table uses: the one its first line has most of, outside quotes. A single column has none. */
export function separatorOf(start: string): ',' | ';' | '\t' {
  const counts = { ',': 0, ';': 0, '\t': 0 };
  let quoted = false;
  for (const character of start) {
    if (character === '"') quoted = !quoted;
    else if (!quoted && (character === '\n' || character === '\r')) break;
    else if (!quoted && (character === ',' || character === ';' || character === '\t')) counts[character]++;
  }
  if (counts['\t'] > counts[','] && counts['\t'] > counts[';']) return '\t';
  return counts[';'] > counts[','] ? ';' : ',';
}

/**
 * Turns the records of a table into rows named by its first record. Every value stays the text it is: whether `007` is a number
 * is not ours to guess. Shorter records leave their last columns empty; longer ones are refused, since a value would be lost.
 */
export class CsvTable {
  private columns: readonly string[] | undefined;
  private rows = 0;

  /** The row of a record; undefined for the first, which holds the names, and for records without any value. */
  add(record: readonly string[]): JsonObject | undefined {
    if (!this.columns) {
      this.columns = namesOf(record);
      return undefined;
    }
    if (record.every((value) => value.trim() === '')) return undefined;
    const columns = this.columns;
    const number = this.rows++;
    const lost = record.findIndex((value, i) => value !== '' && !columns[i]);
    if (lost >= 0)
      throw invalid(
        `inputs[${number}]`,
        lost < columns.length
          ? `inputs[${number}] has a value in column ${lost + 1}, which has no name in the header.`
          : `inputs[${number}] has ${record.length} values, the header ${columns.length} names. Is a value with the separator in it not quoted?`,
      );
    const row: JsonObject = {};
    columns.forEach((name, i) => {
      if (name) row[name] = record[i] ?? '';
    });
    return row;
  }
}

function namesOf(record: readonly string[]): string[] {
  const names = record.map((name) => name.trim());
  if (names.every((name) => name === ''))
    throw invalid('inputs', 'The first line of the inputs must name the columns.');
  const reserved = names.find((name) => name === '__proto__');
  if (reserved) throw invalid('inputs', 'A column may not be called "__proto__".');
  const seen = new Set<string>();
  const twice = names.find((name) => name !== '' && (seen.has(name) || !seen.add(name)));
  if (twice !== undefined)
    throw invalid('inputs', `The inputs have two columns called ${JSON.stringify(twice.slice(0, 100))}; rename one.`);
  return names;
}

const invalid = (field: string, message: string): MultitaskError =>
  new MultitaskError('invalid_inputs', message, { field });
