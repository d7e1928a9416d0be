import type { GroupHeader } from '@multitask/task-group';
import { statusCounts } from './progress.html';
import { html, type Html } from './template';

/** What acts on the rows. Everything but the counts needs the script, and is not shown where none runs. */
export const toolbar = (header: GroupHeader): Html =>
  html`<div class="toolbar" id="toolbar">
    ${statusCounts(header)}
    <div class="actions scripted">
      <button type="button" class="button again" id="retry" hidden></button>
      <input
        type="search"
        id="search"
        class="search"
        placeholder="Search rows"
        aria-label="Search rows"
        autocomplete="off"
        spellcheck="false"
        disabled
      />
      <details class="menu" id="columns">
        <summary class="button">Columns</summary>
      </details>
    </div>
  </div>`;
