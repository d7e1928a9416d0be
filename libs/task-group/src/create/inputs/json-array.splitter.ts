/** The text is not an array of values; the message continues `The inputs …`. */
export class JsonArrayFaultError extends Error {
  override readonly name = 'JsonArrayFaultError';
}

const enum At {
  BeforeArray,
  BeforeItem,
  InItem,
  AfterItem,
  AfterArray,
}

/**
 * Cuts the text of a JSON array into the texts of its items while it arrives, so that a large file is never in memory twice.
 * It only counts brackets outside strings; whether an item is valid JSON is found out when it is parsed.
 */
export class JsonArraySplitter {
  private at: At = At.BeforeArray;
  private item = '';
  private depth = 0;
  private inString = false;
  private escaped = false;

  constructor(private readonly maxItemCharacters: number) {}

  /** The items that are complete after this piece of text. */
  push(text: string): string[] {
    const items: string[] = [];
    let start = 0;
    for (let i = 0; i < text.length; i++) {
      const character = text[i]!;
      if (this.at === At.InItem) {
        if (!this.endsItem(character)) continue;
        items.push(this.item + text.slice(start, i));
        this.item = '';
        this.at = At.AfterItem;
      }
      if (isBlank(character)) continue;
      if (this.at === At.BeforeItem && character !== ']') {
        this.at = At.InItem;
        start = i;
        this.beginItem(character);
      } else this.punctuation(character);
    }
    if (this.at === At.InItem) this.item += text.slice(start);
    if (this.item.length > this.maxItemCharacters)
      throw new JsonArrayFaultError(`hold an item of more than ${this.maxItemCharacters} characters`);
    return items;
  }

  /** To be called at the end of the text: throws when the array was not closed. */
  end(): void {
    if (this.at === At.BeforeArray) throw new JsonArrayFaultError('are empty');
    if (this.at !== At.AfterArray) throw new JsonArrayFaultError('end in the middle of the array');
  }

  private beginItem(character: string): void {
    this.depth = 0;
    this.inString = false;
    this.escaped = false;
    this.endsItem(character);
  }

  /** Whether the item ended before this character; keeps track of strings and brackets otherwise. */
  private endsItem(character: string): boolean {
    if (this.inString) {
      if (this.escaped) this.escaped = false;
      else if (character === '\\') this.escaped = true;
      else if (character === '"') this.inString = false;
      return false;
    }
    if (this.depth === 0 && (character === ',' || character === ']')) return true;
    if (character === '"') this.inString = true;
    else if (character === '{' || character === '[') this.depth++;
    else if (character === '}' || character === ']') this.depth--;
    if (this.depth < 0) throw new JsonArrayFaultError('have a closing bracket that nothing opened');
    return false;
  }

  private punctuation(character: string): void {
    if (this.at === At.BeforeArray && character === '[') this.at = At.BeforeItem;
    else if (this.at === At.AfterItem && character === ',') this.at = At.BeforeItem;
    else if ((this.at === At.AfterItem || this.at === At.BeforeItem) && character === ']') this.at = At.AfterArray;
    else if (this.at === At.AfterArray) throw new JsonArrayFaultError('go on after the end of the array');
    else throw new JsonArrayFaultError('are not a JSON array');
  }
}

const isBlank = (character: string): boolean =>
  character === ' ' || character === '\n' || character === '\r' || character === '\t';
