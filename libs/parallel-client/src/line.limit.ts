/**
 * Passes text on and cuts every line after so many characters, so that no single frame can fill the memory. What is left of a cut
 * line is enough to tell which run it was about.
 */
export class LineLimit {
  private length = 0;
  private isCut = false;
  /** How many lines were cut so far. */
  cutLines = 0;

  constructor(private readonly characters: number) {}

  pass(text: string): string {
    // Nearly always: no line in this text can come near the limit.
    if (this.length + text.length <= this.characters) {
      const lastEnd = Math.max(text.lastIndexOf('\n'), text.lastIndexOf('\r'));
      if (lastEnd !== -1) this.endLine();
      this.length += text.length - lastEnd - 1;
      return text;
    }
    return text
      .split(/(\r\n|\n|\r)/)
      .map((piece, i) => (i % 2 === 1 ? this.endLine(piece) : this.within(piece)))
      .join('');
  }

  private within(piece: string): string {
    const kept = piece.slice(0, Math.max(0, this.characters - this.length));
    this.length += piece.length;
    if (kept.length < piece.length && !this.isCut) {
      this.isCut = true;
      this.cutLines++;
    }
    return kept;
  }

  private endLine(end = ''): string {
    this.length = 0;
    this.isCut = false;
    return end;
  }
}
