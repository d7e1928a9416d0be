/** A line is longer than a row may be. */
export class LineTooLongError extends Error {
  override readonly name = 'LineTooLongError';
}

/** Cuts text into its lines while it arrives; the ends of lines are left out, whichever they are. */
export class LineSplitter {
  private rest = '';

  constructor(private readonly maxCharacters: number) {}

  push(text: string): string[] {
    const lines: string[] = [];
    let start = 0;
    // Only what is new is searched: a line of 1 MiB comes in many pieces.
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
      lines.push(withoutReturn(this.rest + text.slice(start, end)));
      this.rest = '';
      start = end + 1;
    }
    this.rest += text.slice(start);
    if (this.rest.length > this.maxCharacters) throw new LineTooLongError('a line has no end');
    return lines;
  }

  /** The last line, which needs no line break; empty when there is none. */
  end(): string {
    const last = this.rest;
    this.rest = '';
    return withoutReturn(last);
  }
}

const withoutReturn = (line: string): string => (line.endsWith('\r') ? line.slice(0, -1) : line);
