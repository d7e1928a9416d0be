import type { Format } from '../query/negotiation';
import { html, type Html } from './template';

/** What a reader may take away, the most asked for first. */
const downloads: readonly (readonly [format: Format, name: string, hint: string])[] = [
  ['csv', 'CSV', 'for a spreadsheet'],
  ['json', 'JSON', 'everything, with sources'],
  ['ndjson', 'NDJSON', 'one row a line'],
  ['sqlite', 'SQLite', 'to query and join'],
  ['md', 'Markdown', 'a table to read'],
];

/** Opens without a script too. `id` is the group's. */
export const downloadMenu = (id: string): Html =>
  html`<details class="menu" id="downloads">
    <summary class="button">Download</summary>
    <ul class="menu-list">
      ${downloads.map(
        ([format, name, hint]) =>
          html`<li>
            <a href="/${id}.${format}" download="${id}.${format}">${name} <small>${hint}</small></a>
          </li>`,
      )}
      <li class="apart">
        <a href="/${id}.db">Ask in SQL <small>in this browser</small></a>
      </li>
      <li>
        <a href="/${id}.sse">Event stream <small>live, for programs</small></a>
      </li>
    </ul>
  </details>`;
