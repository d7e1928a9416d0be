import { longestDocument, readDocument, type Block, type Cells } from '../text/document';
import type { Inline } from '../text/inline';
import { html, type Html } from './template';

/** A text as the document it is, under a heading of the second level. The panel beside the table shows the same: `document.view.ts`. */
export function documentHtml(text: string): Html {
  if (text.length > longestDocument) return html`<div class="text">${text}</div>`;
  return html`<div class="document">${blocksHtml(readDocument(text), { level: 2 })}</div>`;
}

/** `last`: the level of the heading before. */
const blocksHtml = (blocks: readonly Block[], last: { level: number }): Html[] =>
  blocks.map((block) => blockHtml(block, last));

function blockHtml(block: Block, last: { level: number }): Html {
  switch (block.kind) {
    case 'paragraph':
      return html`<p>${inlineHtml(block.text)}</p>`;
    case 'heading':
      return headingHtml(block.level, inlineHtml(block.text), last);
    case 'code':
      return html`<pre>${block.name !== '' && html`<span class="code-name">${block.name}</span>`}<code>${block.text}</code></pre>`;
    case 'rule':
      return html`<hr />`;
    case 'quote':
      return html`<blockquote>${blocksHtml(block.blocks, last)}</blockquote>`;
    case 'list': {
      const items = block.items.map((blocks) => html`<li>${itemHtml(blocks, last)}</li>`);
      return block.start === null
        ? html`<ul>
            ${items}
          </ul>`
        : html`<ol start="${block.start}">
            ${items}
          </ol>`;
    }
    case 'table':
      return tableHtml(block.head, block.rows);
  }
}

/** A line alone needs no paragraph of its own. */
function itemHtml([first, ...rest]: readonly Block[], last: { level: number }): (Html | Html[])[] {
  if (!first) return [];
  return [first.kind === 'paragraph' ? inlineHtml(first.text) : blockHtml(first, last), blocksHtml(rest, last)];
}

/** No level is left out, whatever the text leaves out: whoever listens goes from heading to heading. */
function headingHtml(level: number, text: Html[], last: { level: number }): Html {
  last.level = Math.min(level + 2, last.level + 1, 6);
  const look = `level-${Math.min(level, 4)}`;
  switch (last.level) {
    case 3:
      return html`<h3 class="${look}">${text}</h3>`;
    case 4:
      return html`<h4 class="${look}">${text}</h4>`;
    case 5:
      return html`<h5 class="${look}">${text}</h5>`;
    default:
      return html`<h6 class="${look}">${text}</h6>`;
  }
}

const tableHtml = (head: Cells, rows: readonly Cells[]): Html =>
  html`<div class="document-table" role="group" aria-label="Table" tabindex="0">
    <table>
      <thead>
        <tr>
          ${head.map((cell) => html`<th>${inlineHtml(cell)}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          (cells) =>
            html`<tr>
              ${cells.map((cell) => html`<td>${inlineHtml(cell)}</td>`)}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;

const inlineHtml = (nodes: readonly Inline[]): Html[] => nodes.map(nodeHtml);

function nodeHtml(node: Inline): Html {
  if (typeof node === 'string') return html`${node}`;
  switch (node.kind) {
    case 'break':
      return html`<br />`;
    case 'code':
      return html`<code>${node.text}</code>`;
    case 'strong':
      return html`<strong>${inlineHtml(node.children)}</strong>`;
    case 'em':
      return html`<em>${inlineHtml(node.children)}</em>`;
    case 'del':
      return html`<del>${inlineHtml(node.children)}</del>`;
    case 'link':
      return html`<a href="${node.url}" rel="noopener noreferrer nofollow" target="_blank"
        >${inlineHtml(node.children)}</a
      >`;
  }
}
