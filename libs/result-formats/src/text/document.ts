import { labelOf, readInline, type Inline, type Links } from './inline';

/** A part of a document, as Markdown has them. HTML in it is text like any other. */
export type Block =
  | { readonly kind: 'paragraph'; readonly text: readonly Inline[] }
  | { readonly kind: 'heading'; readonly level: number; readonly text: readonly Inline[] }
  | { readonly kind: 'code'; readonly text: string; readonly name: string }
  | { readonly kind: 'rule' }
  | { readonly kind: 'quote'; readonly blocks: readonly Block[] }
  | { readonly kind: 'list'; readonly start: number | null; readonly items: readonly (readonly Block[])[] }
  | { readonly kind: 'table'; readonly head: Cells; readonly rows: readonly Cells[] };
export type Cells = readonly (readonly Inline[])[];

/** Longer texts are shown as they came: to lay out a document this long takes a browser seconds. */
export const longestDocument = 200_000;

/** Lists and quotes within one another beyond this are read as text. */
const deepest = 8;
const maxColumns = 100;

/** Reads a text that is Markdown, or just text: its lines stay lines. Never fails; time grows with the length alone. */
export function readDocument(text: string): Block[] {
  const links = new Map<string, string>();
  const lines = text
    .replaceAll('\0', '\uFFFD')
    .split(/\r\n|[\r\n\u2028\u2029\v\f\u0085]/)
    .map((line) => line.replaceAll('\t', '    '));
  for (const line of lines) noteDefinition(line, links);
  return readBlocks(lines, links, 0);
}

/** `[label]: https://…` on a line of its own. The line stays to be seen: often nothing refers to it. */
function noteDefinition(line: string, links: Map<string, string>): void {
  const found = /^ {0,3}\[([^[\]]{1,200})\]: {0,20}<?(https?:\/\/[^\s<>]{1,2048})/i.exec(line);
  if (found && !links.has(labelOf(found[1]!))) links.set(labelOf(found[1]!), found[2]!);
}

function readBlocks(lines: readonly string[], links: Links, depth: number): Block[] {
  const blocks: Block[] = [];
  const inline = (text: string) => readInline(text, links);
  for (let at = 0; at < lines.length;) {
    const line = lines[at]!;
    const fence = fenceOf(line);
    const heading = headingOf(line);
    const item = itemOf(line);
    if (line.trim() === '') at++;
    else if (fence) {
      const end = endOfFence(lines, at + 1, fence);
      const name = line.trim().slice(fence.length).trim();
      blocks.push({ kind: 'code', text: lines.slice(at + 1, end).join('\n'), name });
      at = end + 1;
    } else if (heading) {
      blocks.push({ kind: 'heading', level: heading.level, text: inline(heading.text) });
      at++;
    } else if (isRule(line)) {
      blocks.push({ kind: 'rule' });
      at++;
    } else if (depth < deepest && isQuote(line)) {
      const end = endOf(lines, at + 1, (next) => isQuote(next) || !beginsBlock(next));
      const inner = lines.slice(at, end).map((one) => one.replace(/^ {0,3}> ?/, ''));
      blocks.push({ kind: 'quote', blocks: readBlocks(inner, links, depth + 1) });
      at = end;
    } else if (depth < deepest && item) {
      const { list, end } = readList(lines, at, item, (inner) => readBlocks(inner, links, depth + 1));
      blocks.push(list);
      at = end;
    } else if (isTable(lines, at)) {
      const end = endOf(lines, at + 2, (next) => !beginsBlock(next));
      const [head, , ...rows] = lines.slice(at, end).map(cellsOf);
      blocks.push({
        kind: 'table',
        head: head!.map(inline),
        rows: rows.map((cells) => fitted(cells, head!.length).map(inline)),
      });
      at = end;
    } else if (/^ {4}/.test(line)) {
      const end = endOf(lines, at + 1, (next) => /^ {4}/.test(next));
      blocks.push({
        kind: 'code',
        text: lines
          .slice(at, end)
          .map((one) => one.slice(4))
          .join('\n'),
        name: '',
      });
      at = end;
    } else {
      const goesOn = (next: string, place: number) =>
        !beginsBlock(next) && underlined(next) === undefined && !isTable(lines, place);
      const end = endOf(lines, at + 1, goesOn);
      const level = underlined(lines[end] ?? '');
      const words = inline(
        lines
          .slice(at, end)
          .map((one) => one.trim().replace(/\\$/, ''))
          .join('\n'),
      );
      blocks.push(level === undefined ? { kind: 'paragraph', text: words } : { kind: 'heading', level, text: words });
      at = level === undefined ? end : end + 1;
    }
  }
  return blocks;
}

/** The first line from `from` on that is blank or does not go on. */
function endOf(lines: readonly string[], from: number, goesOn: (line: string, at: number) => boolean): number {
  let at = from;
  while (at < lines.length && lines[at]!.trim() !== '' && goesOn(lines[at]!, at)) at++;
  return at;
}

const isQuote = (line: string): boolean => /^ {0,3}>/.test(line);

/** What ends a paragraph without a blank line before it. */
function beginsBlock(line: string): boolean {
  if (fenceOf(line) || headingOf(line) || isRule(line) || isQuote(line)) return true;
  const item = itemOf(line);
  // A line of prose may begin with a year and a full stop.
  return item !== undefined && !item.isEmpty && (item.start === null || item.start === 1);
}

const fenceOf = (line: string): string | undefined => /^ {0,3}(`{3,}(?=[^`]*$)|~{3,})/.exec(line)?.[1];

function endOfFence(lines: readonly string[], from: number, fence: string): number {
  const closes = (line: string) => {
    const found = /^ {0,3}(`+|~+) *$/.exec(line)?.[1];
    return found !== undefined && found[0] === fence[0] && found.length >= fence.length;
  };
  let at = from;
  while (at < lines.length && !closes(lines[at]!)) at++;
  return at;
}

function headingOf(line: string): { level: number; text: string } | undefined {
  const found = /^ {0,3}(#{1,6})(?= |$)/.exec(line);
  if (!found) return undefined;
  const text = line.slice(found[0].length).trim();
  return { level: found[1]!.length, text: /^#+$/.test(text) ? '' : text.replace(/ #+$/, '').trimEnd() };
}

const isRule = (line: string): boolean => /^ {0,3}[-*_]/.test(line) && /^([-*_])\1{2,}$/.test(line.replaceAll(' ', ''));

/** The level of a heading that this line makes of the lines above it. */
function underlined(line: string): number | undefined {
  const [mark] = /^ {0,3}(=+|-+) *$/.exec(line)?.[1] ?? [];
  return mark === undefined ? undefined : mark === '=' ? 1 : 2;
}

interface Item {
  readonly mark: string;
  /** Null for a list without numbers. */
  readonly start: number | null;
  /** Characters before what the item says. */
  readonly indent: number;
  readonly isEmpty: boolean;
}

function itemOf(line: string): Item | undefined {
  const found = /^( {0,3})([-+*]|(\d{1,9})[.)])( {1,4}(?! )| (?= )|$)/.exec(line);
  if (!found || isRule(line)) return undefined;
  const [whole, , mark, number] = found;
  return {
    mark: mark!.at(-1)!,
    start: number === undefined ? null : Number(number),
    indent: whole.length,
    isEmpty: whole.length === line.length,
  };
}

function readList(
  lines: readonly string[],
  from: number,
  first: Item,
  read: (lines: readonly string[]) => Block[],
): { list: Block; end: number } {
  const items: Block[][] = [];
  let at = from;
  for (let item: Item | undefined = first; item?.mark === first.mark; item = itemOf(lines[at] ?? '')) {
    const inner = [lines[at]!.slice(item.indent)];
    // What stands two characters to the right belongs to the item, as most who write it mean it.
    const inside = Math.min(item.indent, 2);
    for (at++; at < lines.length; at++) {
      const line = lines[at]!;
      const indent = line.length - line.trimStart().length;
      const follows =
        line.trim() === '' || indent >= inside || (inner.at(-1) !== '' && !beginsBlock(line) && !itemOf(line));
      if (!follows) break;
      inner.push(line.trim() === '' ? '' : line.slice(Math.min(indent, item.indent)));
    }
    items.push(read(inner));
  }
  return { list: { kind: 'list', start: first.start, items }, end: at };
}

/** A line of cells with a line of dashes below it. */
function isTable(lines: readonly string[], at: number): boolean {
  const below = lines[at + 1];
  if (below === undefined || !below.includes('-') || !lines[at]!.includes('|')) return false;
  if (!/^[ |:-]+$/.test(below)) return false;
  const [head, dashes] = [cellsOf(lines[at]!), cellsOf(below)];
  return head.length === dashes.length && head.length <= maxColumns && dashes.every((cell) => /^:?-+:?$/.test(cell));
}

/** Cells that are missing are empty; what is too much stays in the last one. */
function fitted(cells: readonly string[], width: number): string[] {
  const rest = cells.slice(width - 1).join(' | ');
  return Array.from({ length: width }, (_, i) => (i < width - 1 ? (cells[i] ?? '') : rest));
}

function cellsOf(line: string): string[] {
  const cells: string[] = [];
  let cell = '';
  const trimmed = line.trim();
  for (let at = trimmed.startsWith('|') ? 1 : 0; at < trimmed.length; at++) {
    const character = trimmed[at]!;
    if (character === '\\' && trimmed[at + 1] === '|') cell += trimmed[++at];
    else if (character === '|') {
      cells.push(cell.trim());
      cell = '';
    } else cell += character;
  }
  if (cell.trim() !== '' || !trimmed.endsWith('|')) cells.push(cell.trim());
  return cells;
}
