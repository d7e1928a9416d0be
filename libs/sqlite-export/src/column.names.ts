/** Longer names are of no use to anybody who has to write them. */
const nameLength = 120;

/** An identifier as SQL takes it, whatever is in it. */
export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/**
 * Names for columns that are all different to SQLite, for which `Name` and `name` are one. A name that is taken gets a number
 * behind it; one that cannot be written down is made so that it can.
 */
export function columnNames(fields: readonly string[], reserved: readonly string[]): string[] {
  const taken = new Set(reserved.map(folded));
  return fields.map((field) => {
    const plain = writable(field);
    let name = plain;
    for (let number = 2; taken.has(folded(name)); number++) name = `${plain} ${number}`;
    taken.add(folded(name));
    return name;
  });
}

/** SQLite itself folds A to Z alone; tools that read the file fold more. */
const folded = (name: string): string => name.toLowerCase();

function writable(field: string): string {
  const text = field.toWellFormed().replaceAll('\0', '\uFFFD');
  if (text.trim() === '') return `field${text === '' ? '' : ' (blank)'}`;
  return text.length > nameLength ? `${text.slice(0, nameLength).toWellFormed()}…` : text;
}
