import { longestDocument, readDocument, type Block, type Cells, type Inline } from '@multitask/result-formats';
import { attributes, make, outsideLink } from './dom';

/** A text as the document it is. Its words are set as texts and its links lead to http(s) alone: nothing in it can be markup here. */
export function documentView(text: string): HTMLElement {
  if (text.length > longestDocument) return make('div', { className: 'text' }, text);
  return make('div', { className: 'document' }, ...new DocumentView().blocks(readDocument(text)));
}

class DocumentView {
  /** The heading of the field it stands under. */
  private level = 3;

  blocks(blocks: readonly Block[]): HTMLElement[] {
    return blocks.map((block) => this.block(block));
  }

  private block(block: Block): HTMLElement {
    switch (block.kind) {
      case 'paragraph':
        return make('p', {}, ...inline(block.text));
      case 'heading':
        return this.heading(block.level, block.text);
      case 'code':
        return make(
          'pre',
          {},
          block.name !== '' && make('span', { className: 'code-name' }, block.name),
          make('code', {}, block.text),
        );
      case 'rule':
        return make('hr');
      case 'quote':
        return make('blockquote', {}, ...this.blocks(block.blocks));
      case 'list':
        return this.list(block);
      case 'table':
        return table(block.head, block.rows);
    }
  }

  /** No level is left out, whatever the text leaves out: whoever listens goes from heading to heading. */
  private heading(level: number, text: readonly Inline[]): HTMLElement {
    this.level = Math.min(level + 3, this.level + 1, 6);
    return make(`h${this.level as 4 | 5 | 6}`, { className: `level-${Math.min(level, 4)}` }, ...inline(text));
  }

  private list({ start, items }: Extract<Block, { kind: 'list' }>): HTMLElement {
    const drawn = items.map((blocks) => {
      const [first, ...rest] = blocks;
      // A line alone needs no paragraph of its own.
      const words = first?.kind === 'paragraph' ? inline(first.text) : first ? [this.block(first)] : [];
      return make('li', {}, ...words, ...this.blocks(rest));
    });
    return start === null ? make('ul', {}, ...drawn) : make('ol', { start }, ...drawn);
  }
}

function table(head: Cells, rows: readonly Cells[]): HTMLElement {
  const line = (tag: 'th' | 'td', cells: Cells) =>
    make('tr', {}, ...cells.map((cell) => make(tag, {}, ...inline(cell))));
  const box = make(
    'div',
    { className: 'document-table', tabIndex: 0 },
    make(
      'table',
      {},
      make('thead', {}, line('th', head)),
      make('tbody', {}, ...rows.map((cells) => line('td', cells))),
    ),
  );
  return attributes(box, { role: 'group', 'aria-label': 'Table' });
}

const inline = (nodes: readonly Inline[]): (Node | string)[] =>
  nodes.map((node) => {
    if (typeof node === 'string') return node;
    switch (node.kind) {
      case 'break':
        return make('br');
      case 'code':
        return make('code', {}, node.text);
      case 'link': {
        const link = outsideLink(node.url, '');
        link.append(...inline(node.children));
        return link;
      }
      default:
        return make(node.kind, {}, ...inline(node.children));
    }
  });
