import { webUrl } from './web-url';

/** What stands within a line of a document. A text is shown as it is: nothing in it is markup any more. */
export type Inline =
  | string
  | { readonly kind: 'break' }
  | { readonly kind: 'code'; readonly text: string }
  | { readonly kind: 'strong' | 'em' | 'del'; readonly children: readonly Inline[]; readonly depth: number }
  | { readonly kind: 'link'; readonly url: string; readonly children: readonly Inline[] };

/** Addresses that a document names once and links to by a label: `[label]: https://…`. */
export type Links = ReadonlyMap<string, string>;

export const labelOf = (text: string): string => text.trim().replace(/\s+/g, ' ').toLowerCase();

/** Emphasis within emphasis beyond this is not told apart any more, and would exhaust whoever draws it. */
const deepest = 6;
/** Links within the text of a link are none. */
const linkDepth = 1;

/** An emphasis that was begun, and what has come since. */
interface Frame {
  readonly mark: string;
  length: number;
  readonly children: Inline[];
}

/**
 * Reads emphasis, code, links and line breaks of Markdown. Time grows with the length of the text alone, whatever it holds: the
 * text is anybody's.
 */
export function readInline(text: string, links: Links, depth = 0): Inline[] {
  return new InlineReader(text, links, depth).read();
}

const plain = /[^\\`*_~![<&\nh]+/y;
const escape = /\\([!-/:-@[-`{-~])/y;
const ticks = /`+/y;
const run = /\*+|_+|~+/y;
const autolink = /<(https?:\/\/[^\s<>]{1,2048})>/iy;
const lineBreak = /<br *\/?>/iy;
const entity = /&(amp|lt|gt|quot|#39|nbsp);/y;
const bareUrl = /https?:\/\/[^\s<>`|]{1,2048}/iy;
const target =
  /\( ?<?([^\s<>()]{1,2048}(?:\([^\s<>()]{0,300}\)[^\s<>()]{0,300}){0,5})>?(?: +(?:"[^"]{0,300}"|'[^']{0,300}'))? ?\)/y;
const label = /\[([^[\]]{0,200})\]/y;

const entities: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  '#39': "'",
  nbsp: '\u00a0',
};

class InlineReader {
  private at = 0;
  private text = '';
  private readonly frames: Frame[] = [{ mark: '', length: 0, children: [] }];
  private readonly begun = new Map<string, number>();
  private readonly brackets: ReadonlyMap<number, number>;
  /** Runs of backticks of these lengths do not come again. */
  private readonly unclosed = new Set<number>();

  constructor(
    private readonly source: string,
    private readonly links: Links,
    private readonly depth: number,
  ) {
    this.brackets = depth < linkDepth ? bracketPairs(source) : new Map();
  }

  read(): Inline[] {
    while (this.at < this.source.length) this.step();
    this.flush();
    this.letGo(1);
    return this.frames[0]!.children;
  }

  private step(): void {
    const ordinary = this.match(plain);
    if (ordinary) return void (this.text += ordinary[0]);
    const character = this.source[this.at]!;
    if (!this.special(character)) {
      this.text += character;
      this.at++;
    }
  }

  /** False: the character means itself. */
  private special(character: string): boolean {
    switch (character) {
      case '\\':
        return this.taken(escape, ([, escaped]) => (this.text += escaped));
      case '\n':
        this.text = this.text.trimEnd();
        this.at++;
        return this.add({ kind: 'break' });
      case '`':
        return this.code();
      case '*':
      case '_':
      case '~':
        return this.emphasis(this.match(run)![0]);
      case '!':
        // A picture would be a request to somebody: its words are a link to it.
        return this.source[this.at + 1] === '[' && this.link(this.at + 1);
      case '[':
        return this.link(this.at);
      case '<':
        return (
          this.taken(lineBreak, () => this.add({ kind: 'break' })) ||
          this.taken(autolink, ([whole, url]) => this.address(url!, url!) || (this.text += whole))
        );
      case '&':
        return this.taken(entity, ([, name]) => (this.text += entities[name!]));
      default:
        return this.bareAddress();
    }
  }

  private code(): boolean {
    const [fence] = this.match(ticks)!;
    const from = this.at;
    const end = this.unclosed.has(fence.length) ? -1 : this.closing(fence.length);
    if (end < 0) {
      this.unclosed.add(fence.length);
      this.text += fence;
      return true;
    }
    const inner = this.source.slice(from, end).replaceAll('\n', ' ');
    // One blank on either side makes room for a backtick and is not meant.
    const isPadded = inner.startsWith(' ') && inner.endsWith(' ') && inner.trim() !== '';
    this.at = end + fence.length;
    return this.add({ kind: 'code', text: isPadded ? inner.slice(1, -1) : inner });
  }

  private closing(length: number): number {
    const search = /`+/g;
    search.lastIndex = this.at;
    for (let found = search.exec(this.source); found; found = search.exec(this.source))
      if (found[0].length === length) return found.index;
    return -1;
  }

  private emphasis(marks: string): boolean {
    const mark = marks[0]!;
    const { opens, closes } = this.flanks(marks);
    let length = marks.length;
    this.flush();
    const least = mark === '~' ? 2 : 1;
    while (length >= least && closes && (this.begun.get(mark) ?? 0) > 0) {
      const place = this.frames.findLastIndex((frame) => frame.mark === mark);
      const frame = this.frames[place]!;
      const used = Math.min(2, frame.length, length);
      this.letGo(place + 1);
      this.wrap(frame, mark === '~' ? 'del' : used === 2 ? 'strong' : 'em');
      frame.length -= used;
      length -= used;
      if (frame.length === 0) this.close(frame);
    }
    if (length === 0) return true;
    if (!opens || length < least) this.text += mark.repeat(length);
    else {
      if (mark === '~') this.top.children.push(mark.repeat(length - 2));
      this.frames.push({ mark, length: mark === '~' ? 2 : length, children: [] });
      this.begun.set(mark, (this.begun.get(mark) ?? 0) + 1);
    }
    return true;
  }

  /** Where emphasis may begin and end: not beside a blank, and underscores not within a word. */
  private flanks(marks: string): { opens: boolean; closes: boolean } {
    const before = this.source[this.at - marks.length - 1] ?? ' ';
    const after = this.source[this.at] ?? ' ';
    const leans = (near: string, far: string) =>
      !/\s/.test(near) && (!isPunctuation(near) || /\s/.test(far) || isPunctuation(far));
    const [left, right] = [leans(after, before), leans(before, after)];
    if (marks[0] !== '_') return { opens: left, closes: right };
    return { opens: left && (!right || isPunctuation(before)), closes: right && (!left || isPunctuation(after)) };
  }

  private wrap(frame: Frame, kind: 'strong' | 'em' | 'del'): void {
    const children = frame.children.splice(0);
    const depth = 1 + children.reduce((most, child) => Math.max(most, depthOf(child)), 0);
    if (depth > deepest || children.length === 0) for (const child of children) frame.children.push(child);
    else frame.children.push({ kind, children, depth });
  }

  private close(frame: Frame): void {
    this.frames.pop();
    this.begun.set(frame.mark, this.begun.get(frame.mark)! - 1);
    for (const child of frame.children) this.top.children.push(child);
  }

  /** What was begun from this frame on never ended: its marks mean themselves. */
  private letGo(from: number): void {
    const into = this.frames[from - 1]!.children;
    for (const { mark, length, children } of this.frames.splice(from)) {
      this.begun.set(mark, this.begun.get(mark)! - 1);
      into.push(mark.repeat(length));
      for (const child of children) into.push(child);
    }
  }

  /** `[words](address)`, `[words][label]` and `[label]`. */
  private link(open: number): boolean {
    const close = this.brackets.get(open);
    if (close === undefined) return false;
    const words = this.source.slice(open + 1, close);
    const [url, end] = this.targetBehind(close + 1, words);
    const address = url === undefined ? undefined : webUrl(url);
    if (address === undefined) return false;
    this.at = end;
    const children = readInline(words, this.links, this.depth + 1);
    return this.add({ kind: 'link', url: address, children: children.length > 0 ? children : [address] });
  }

  private targetBehind(at: number, words: string): [url: string | undefined, end: number] {
    target.lastIndex = label.lastIndex = at;
    const direct = target.exec(this.source);
    if (direct) return [direct[1], at + direct[0].length];
    const named = label.exec(this.source);
    const name = named?.[1] || (words.length <= 200 ? words : '');
    return [this.links.get(labelOf(name)), at + (named?.[0].length ?? 0)];
  }

  private bareAddress(): boolean {
    if (this.depth > 0 || /\w/.test(this.source[this.at - 1] ?? ' ')) return false;
    bareUrl.lastIndex = this.at;
    const [found] = bareUrl.exec(this.source) ?? [];
    if (found === undefined) return false;
    let url = found.replace(/[.,;:!?'"*_~]{1,20}$/, '');
    if (url.endsWith(')') && !url.includes('(')) url = url.slice(0, -1);
    if (!this.address(url, url)) return false;
    this.at += url.length;
    return true;
  }

  private address(url: string, words: string): boolean {
    const address = webUrl(url);
    return address !== undefined && this.add({ kind: 'link', url: address, children: [words] });
  }

  private get top(): Frame {
    return this.frames.at(-1)!;
  }

  private add(node: Inline): true {
    this.flush();
    this.top.children.push(node);
    return true;
  }

  private flush(): void {
    if (this.text !== '') this.top.children.push(this.text);
    this.text = '';
  }

  private match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.source);
    if (found) this.at += found[0].length;
    return found;
  }

  private taken(pattern: RegExp, take: (found: RegExpExecArray) => unknown): boolean {
    const found = this.match(pattern);
    if (found) take(found);
    return found !== null;
  }
}

const depthOf = (node: Inline): number => (typeof node === 'object' && 'depth' in node ? node.depth : 0);
const isPunctuation = (character: string): boolean => /[\p{P}\p{S}]/u.test(character);

/** Each bracket that opens, and where it is closed. */
function bracketPairs(text: string): Map<number, number> {
  const pairs = new Map<number, number>();
  const open: number[] = [];
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === '\\') at++;
    else if (character === '[') open.push(at);
    else if (character === ']' && open.length > 0) pairs.set(open.pop()!, at);
  }
  return pairs;
}
