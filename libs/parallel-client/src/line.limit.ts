/**
 * Passes text on and cuts every line after so many characters, so that no single frame can fill the memory. What is left of a cut
 * line is enough to tell which run it was about.
 */
export class LineLimit {
  private length = 0;
  /** How many lines were cut so far. */
  cutLines = 0;

  constructor(private readonly characters: number) {}

  pass(text: string): string {
    // Nearly always: no line in this text can come near the limit.
    if (this.length + text.length <= this.characters) {
      const lastEnd = Math.max(text.lastIndexOf('\n'), text.lastIndexOf('\r'));
      this.length = lastEnd === -1 ? this.length + text.length : text.length - lastEnd - 1;
      return text;
    }
    return text
      .split(/(\r\n|\n|\r)/)
      .map((piece, i) => (i % 2 === 1 ? this.endLine(piece) : this.within(piece)))
      .join('');
  }

  private within(piece: string): string {
    const room = Math.max(0, this.characters - this.length);
    this.length += piece.length;
    if (piece.length <= room) return piece;
    if (room > 0 || this.length === piece.length) this.cutLines++;
    return piece.slice(0, room);
  }

  private endLine(end: string): string {
    this.length = 0;
    return end;
  }
}
