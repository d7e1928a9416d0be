type Row = Readonly<Record<string, unknown>>;

/** A cell longer than this is cut: a table that wraps is none. The full value is at the URLs printed below it. */
const widestCell = 34;

/** Rows as a table for a terminal of fixed-width letters. */
export function textTable(rows: readonly Row[], columns: readonly string[]): string {
  const cells = [[...columns], ...rows.map((row) => columns.map((column) => cell(row[column])))];
  const widths = columns.map((_, i) => Math.max(...cells.map((line) => width(line[i]!))));
  const line = (parts: readonly string[]) =>
    parts
      .map((text, i) => text + ' '.repeat(widths[i]! - width(text)))
      .join('  ')
      .trimEnd();
  const [head, ...body] = cells;
  return [line(head!), widths.map((size) => '─'.repeat(size)).join('  '), ...body.map(line)].join('\n');
}

/** Control characters of an answer must not reach the terminal. */
function cell(value: unknown): string {
  const text =
    value === undefined || value === null ? '–' : Array.isArray(value) ? value.map(String).join(', ') : plain(value);
  // oxlint-disable-next-line no-control-regex
  const clean = text.replace(/[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]+/g, ' ');
  const letters = [...clean];
  return letters.length > widestCell ? `${letters.slice(0, widestCell - 1).join('')}…` : clean;
}

const plain = (value: unknown) => (typeof value === 'object' ? JSON.stringify(value) : String(value));

const width = (text: string) => [...text].length;
