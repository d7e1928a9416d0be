/** One event of the wire, before anybody looked into its data. */
export interface WireFrame {
  /** `message` when the frame names none. */
  readonly event: string;
  /** Undefined for a frame that is no place to resume from. */
  readonly id: string | undefined;
  readonly data: string;
}

/** Characters of one frame; the longest of PROTOCOL.md, section 9, has some 130,000. */
const maxFrameLength = 32 * 1024 * 1024;

/**
 * Takes the text of an event stream as it comes, cut anywhere, and gives the frames that are whole, as the HTML standard reads
 * them: lines end in LF, CR LF or CR; a line with a colon in front is a comment; what the end cuts off is dropped.
 */
export class FrameParser {
  /** ms to wait before a reconnect, once the server has said so. */
  retryMs: number | undefined;
  private line = '';
  /** Of the frame's lines that are whole. */
  private length = 0;
  /** A CR ended the last line: an LF right behind it ends none. */
  private afterCr = false;
  private event = '';
  private id: string | undefined;
  private data: string[] = [];

  push(text: string): WireFrame[] {
    const frames: WireFrame[] = [];
    let at = 0;
    if (this.afterCr && text !== '') {
      this.afterCr = false;
      if (text[0] === '\n') at = 1;
    }
    for (const end of lineEnds(text, at)) {
      const line = this.line + text.slice(at, end.at);
      this.line = '';
      at = end.next;
      this.afterCr = end.cr && at === text.length;
      const frame = this.take(line);
      if (frame) frames.push(frame);
    }
    this.line += text.slice(at);
    if (this.length + this.line.length > maxFrameLength)
      throw new RangeError(`a frame has more than ${maxFrameLength} characters`);
    return frames;
  }

  private take(line: string): WireFrame | undefined {
    this.length += line.length;
    if (line === '') return this.finish();
    const colon = line.indexOf(':');
    if (colon === 0) return undefined;
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1);
    if (name === 'event') this.event = value;
    else if (name === 'data') this.data.push(value);
    else if (name === 'id' && value !== '' && !value.includes('\0')) this.id = value;
    else if (name === 'retry' && /^\d{1,9}$/.test(value)) this.retryMs = Number(value);
    return undefined;
  }

  private finish(): WireFrame | undefined {
    const { event, id, data } = this;
    this.event = '';
    this.id = undefined;
    this.data = [];
    this.length = 0;
    return data.length === 0 ? undefined : { event: event || 'message', id, data: data.join('\n') };
  }
}

/** Where lines end, and where the next ones begin. */
function* lineEnds(text: string, from: number): Generator<{ at: number; next: number; cr: boolean }> {
  const pattern = /\r\n|\n|\r/g;
  pattern.lastIndex = from;
  for (let match = pattern.exec(text); match; match = pattern.exec(text))
    yield { at: match.index, next: pattern.lastIndex, cr: match[0] === '\r' };
}
