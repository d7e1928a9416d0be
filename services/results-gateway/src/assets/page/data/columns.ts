import type { Fields } from './row';

export interface Column {
  readonly name: string;
  /** Pixels. */
  width: number;
  hidden: boolean;
}

export const narrowest = 72;
const usualWidth = 200;

/** The columns in reading order, how wide they are and which are shown; kept for this tab while it is open. */
export class Columns {
  readonly all: Column[] = [];
  private readonly known = new Set<string>(['$id', '$status']);
  statusWidth = 150;

  constructor(
    names: readonly string[],
    /** The reader chose the columns: none come to be. */
    private readonly closed: boolean,
    private readonly storage: Pick<Storage, 'getItem' | 'setItem'> | undefined,
    private readonly key: string,
  ) {
    for (const name of names) this.insert(name);
  }

  get shown(): Column[] {
    return this.all.filter(({ hidden }) => !hidden);
  }

  /** True when the row brought a column that was not there. */
  learn(result: Fields): boolean {
    if (this.closed) return false;
    let found = false;
    for (const name in result) if (!this.known.has(name) && Object.hasOwn(result, name)) found = this.insert(name);
    return found;
  }

  keep(): void {
    const choices = this.all.map(({ name, width, hidden }) => [name, Math.round(width), hidden] as const);
    try {
      this.storage?.setItem(this.key, JSON.stringify(choices));
    } catch {
      // A full or forbidden storage only means that the next visit begins anew.
    }
  }

  /** What was chosen before in this tab; true if there was anything. */
  recall(): boolean {
    const choices = this.stored();
    for (const [name, width, hidden] of choices) {
      const column = this.all.find((one) => one.name === name);
      if (column)
        Object.assign(column, { width: Math.max(narrowest, Number(width) || usualWidth), hidden: hidden === true });
    }
    return choices.length > 0;
  }

  private stored(): (readonly [string, unknown, unknown])[] {
    try {
      const choices: unknown = JSON.parse(this.storage?.getItem(this.key) ?? '[]');
      return Array.isArray(choices) ? (choices as [string, unknown, unknown][]).filter(Array.isArray) : [];
    } catch {
      return [];
    }
  }

  private insert(name: string): true {
    this.known.add(name);
    // `$input` keeps to the end.
    const at = this.all.at(-1)?.name === '$input' ? this.all.length - 1 : this.all.length;
    this.all.splice(at, 0, { name, width: usualWidth, hidden: false });
    return true;
  }
}
