import type { FieldBasis, JsonValue } from '@multitask/contracts';
import { inputFields, outputFields, type GroupHeader, type RowView } from '@multitask/task-group';
import { emulatorLine } from './notices.html';
import { titleOf } from '../group/progress';
import { timingOf } from '../json/row.json';
import { cellText } from '../rows/cell-text';
import { basisOf, confidenceByField, type Confidence } from '../rows/confidence';
import { rowError } from '../rows/row-error';
import { confidenceMark } from './cells.html';
import { documentHtml } from './text.html';
import { brand, htmlDocument, type PageAssets } from './document';
import { webUrl } from '../text/web-url';
import { html, type Html } from './template';

/** One row in full: input, output, and for each field how sure it is, why, and where it was found. */
export function rowHtml(row: RowView, header: GroupHeader, assets: PageAssets): string {
  const { seconds } = timingOf(row);
  const error = rowError(row);
  const path = `/${header.groupId}/runs/${row.runId}`;
  const body = html` <header class="top">
      ${brand}
      <nav class="formats" aria-label="Other formats">
        <a class="button" href="${path}.json">JSON</a><a class="button" href="${path}.md">Markdown</a>
      </nav>
    </header>
    <main class="row">
      ${header.upstream === 'emulator' && emulatorLine}
      <p class="back"><a href="/${header.groupId}">← ${titleOf(header)}</a></p>
      <h1>Row ${row.row + 1}</h1>
      <p class="about ${row.status}">
        <span class="status"><span class="dot" aria-hidden="true"></span>${row.status.replace('_', ' ')}</span
        >${seconds !== null && html` · ${seconds} s`} · <code>${row.runId}</code>
      </p>
      ${error && html`<p class="notice blocked">${error.message}</p>`}
      <h2>Input</h2>
      ${fieldList(inputFields(row.input), new Map())} ${row.output && outputPart(row.output)}
      ${basisList(basisOf(row.output))}
    </main>`;
  return htmlDocument(`Row ${row.row + 1}: ${row.status} · ${titleOf(header)}`, assets, body);
}

/** A text is a document of its own. */
function outputPart(output: NonNullable<RowView['output']>): Html {
  const sure = confidenceByField(output);
  if (output.type !== 'text' || typeof output.content !== 'string')
    return html`<h2>Output</h2>
      ${fieldList(outputFields(output), sure)}`;
  const level = sure.get('output');
  return html`<h2>Output ${level && confidenceMark(level)}</h2>
    <div class="paper">${documentHtml(output.content)}</div>`;
}

const fieldList = (fields: readonly (readonly [string, JsonValue])[], sure: ReadonlyMap<string, Confidence>): Html =>
  html`<dl class="fields">
    ${fields.map(([name, value]) => {
      const level = sure.get(name);
      return html`<dt>${name}${level && confidenceMark(level)}</dt>
        <dd>${wholeValue(value)}</dd>`;
    })}
  </dl>`;

/** Deeper than a person follows; the rest is shown as JSON. */
const deepest = 6;

/** Lists as lists, objects name by name. The panel beside the table shows the same: `value.view.ts`. */
function wholeValue(value: JsonValue, depth = 0): Html {
  if (value === null || typeof value !== 'object')
    return link(cellText(value)) ?? html`<div class="text">${cellText(value)}</div>`;
  if (depth >= deepest) return html`<pre>${JSON.stringify(value, null, 2)}</pre>`;
  if (Array.isArray(value))
    return html`<ul class="value-list">
      ${value.map((item) => html`<li>${wholeValue(item, depth + 1)}</li>`)}
    </ul>`;
  return html`<div class="value-object">
    ${Object.entries(value).map(
      ([name, item]) =>
        html`<div class="value-field"><span class="value-name">${name}</span>${wholeValue(item, depth + 1)}</div>`,
    )}
  </div>`;
}

const basisList = (basis: readonly FieldBasis[]): Html | null =>
  basis.length === 0
    ? null
    : html`<h2>Reasoning and sources</h2>
        ${basis.map(
          (entry) =>
            html`<section class="basis">
              <h3>${entry.field}</h3>
              <p>${entry.reasoning}</p>
              <ul>
                ${(entry.citations ?? []).map(
                  (citation) =>
                    html`<li>
                      ${link(citation.url ?? '', citation.title) ?? citation.title ?? citation.url}${(citation.excerpts ?? []).map((excerpt) => html`<blockquote>${excerpt}</blockquote>`)}
                    </li>`,
                )}
              </ul>
            </section>`,
        )}`;

function link(text: string, title?: string | null): Html | undefined {
  const url = webUrl(text);
  return (
    (url && html`<a href="${url}" rel="noopener noreferrer nofollow" target="_blank">${title || url}</a>`) || undefined
  );
}
