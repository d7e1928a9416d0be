/** A line is longer than a row may be. */
export class LineTooLongError extends Error {
  override readonly name = 'LineTooLongError';
}

/** Cuts text into its lines while it arrives; the ends of lines are left out, whichever they are. */
export class LineSplitter {
  private rest = '';

  constructor(private readonly maxCharacters: number) {}

  push(text: string): string[] {
    const lines = (this.rest + text).split('\n');
    this.rest = lines.pop()!;
    if (this.rest.length > this.maxCharacters) throw new LineTooLongError('a line has no end');
    return lines.map(withoutReturn);
  }

  /** The last line, which needs no line break; empty when there is none. */
  end(): string {
    const last = this.rest;
    this.rest = '';
    return withoutReturn(last);
  }
}

const withoutReturn = (line: string): string => (line.endsWith('\r') ? line.slice(0, -1) : line);
