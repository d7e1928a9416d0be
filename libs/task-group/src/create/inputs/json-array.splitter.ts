/** The text is not an array of values; the message continues `The inputs …`. */
export class JsonArrayFaultError extends Error {
  override readonly name = 'JsonArrayFaultError';
  constructor(
    message: string,
    /** Which item is at fault, where it is one. */
    readonly item?: number,
  ) {
    super(message);
  }
}

const enum At {
  BeforeArray,
  BeforeFirst,
  BeforeItem,
  InItem,
  AfterItem,
  AfterArray,
}

const enum Code {
  Quote = 0x22,
  Comma = 0x2c,
  OpenBracket = 0x5b,
  Backslash = 0x5c,
  CloseBracket = 0x5d,
  OpenBrace = 0x7b,
  CloseBrace = 0x7d,
}

/**
 * Cuts the text of a JSON array into the texts of its items while it arrives, so that a large file is never in memory twice.
 * It only counts brackets outside strings; whether an item is valid JSON is found out when it is parsed.
 */
export class JsonArraySplitter {
  private at: At = At.BeforeArray;
  private item = '';
  private complete = 0;
  private depth = 0;
  private inString = false;
  private escaped = false;

  constructor(private readonly maxItemCharacters: number) {}

  /** Whether the array's closing bracket was met. */
  get isClosed(): boolean {
    return this.at === At.AfterArray;
  }

  /** The items that are complete after this piece of text. */
  push(text: string): string[] {
    const items: string[] = [];
    const end = this.take(text, 0, items);
    if (this.isClosed && text.slice(end).trim() !== '')
      throw new JsonArrayFaultError('go on after the end of the array');
    return items;
  }

  /** Reads from `start` to the array's end or the text's, adding what is complete to `items`; answers where it stopped. */
  take(text: string, start: number, items: string[]): number {
    let itemStart = start;
    let i = start;
    for (; i < text.length && this.at !== At.AfterArray; i++) {
      const code = text.charCodeAt(i);
      if (this.at === At.InItem) {
        if (!this.endsItem(code)) continue;
        items.push(this.item + text.slice(itemStart, i));
        this.item = '';
        this.complete++;
        this.at = At.AfterItem;
      }
      if (isBlank(code)) continue;
      const isBefore = this.at === At.BeforeFirst || this.at === At.BeforeItem;
      if (isBefore && code !== Code.CloseBracket) {
        this.at = At.InItem;
        itemStart = i;
        this.beginItem(code);
      } else this.punctuation(code);
    }
    if (this.at === At.InItem) this.item += text.slice(itemStart, i);
    if (this.item.length > this.maxItemCharacters)
      throw new JsonArrayFaultError(`hold an item of more than ${this.maxItemCharacters} characters`, this.complete);
    return i;
  }

  /** To be called at the end of the text: throws when the array was not closed. */
  end(): void {
    if (this.at === At.BeforeArray) throw new JsonArrayFaultError('are empty');
    if (this.at !== At.AfterArray) throw new JsonArrayFaultError('end in the middle of the array');
  }

  private beginItem(code: number): void {
    this.depth = 0;
    this.inString = false;
    this.escaped = false;
    this.endsItem(code);
  }

  /** Whether the item ended before this character; keeps track of strings and brackets otherwise. */
  private endsItem(code: number): boolean {
    if (this.inString) {
      if (this.escaped) this.escaped = false;
      else if (code === Code.Backslash) this.escaped = true;
      else if (code === Code.Quote) this.inString = false;
      return false;
    }
    if (this.depth === 0 && (code === Code.Comma || code === Code.CloseBracket)) return true;
    if (code === Code.Quote) this.inString = true;
    else if (code === Code.OpenBrace || code === Code.OpenBracket) this.depth++;
    else if (code === Code.CloseBrace || code === Code.CloseBracket) this.depth--;
    if (this.depth < 0) throw new JsonArrayFaultError('have a closing bracket that nothing opened');
    return false;
  }

  private punctuation(code: number): void {
    if (this.at === At.BeforeArray && code === Code.OpenBracket) this.at = At.BeforeFirst;
    else if (this.at === At.AfterItem && code === Code.Comma) this.at = At.BeforeItem;
    else if ((this.at === At.AfterItem || this.at === At.BeforeFirst) && code === Code.CloseBracket)
      this.at = At.AfterArray;
    else throw new JsonArrayFaultError('are not a JSON array');
  }
}

const isBlank = (code: number): boolean => code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;
