export interface StreamFrame {
  readonly event: string;
  /** Empty when it has none. */
  readonly id: string;
  readonly data: string;
}

/** Takes the text of an event stream as it comes, cut anywhere, and gives the frames that are whole. */
export class FrameParser {
  private rest = '';
  private event = '';
  private id = '';
  private data: string[] = [];

  push(text: string): StreamFrame[] {
    const frames: StreamFrame[] = [];
    const lines = (this.rest + text).split(/\r\n|\n|\r(?!$)/);
    this.rest = lines.pop()!;
    for (const line of lines) {
      if (line !== '') this.take(line);
      else if (this.data.length > 0) frames.push(this.finish());
      else this.clear();
    }
    return frames;
  }

  private take(line: string): void {
    const colon = line.indexOf(':');
    // A line that begins with a colon is a comment: the heartbeat.
    if (colon === 0) return;
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1);
    if (name === 'event') this.event = value;
    else if (name === 'id') this.id = value;
    else if (name === 'data') this.data.push(value);
  }

  private finish(): StreamFrame {
    const frame = { event: this.event, id: this.id, data: this.data.join('\n') };
    this.clear();
    return frame;
  }

  private clear(): void {
    this.event = '';
    this.id = '';
    this.data = [];
  }
}
