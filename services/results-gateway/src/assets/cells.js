// How one row is drawn: the same lines and cells that `cells.html.ts` makes on the server. Values are set as text, never as markup.
'use strict';

/**
 * @typedef {{row: number, attempt: number, status: string, runId: string | null, result: Record<string, unknown>,
 *   confidence: Record<string, string>, reason: string | null}} Row
 */

globalThis.cells = (() => {
  const cellLength = 1000;
  const shortened = (text) => (text.length > cellLength ? `${text.slice(0, cellLength)}…` : text);
  const isPlain = (value) => value === null || typeof value !== 'object';

  function cellText(value) {
    if (value === null || value === undefined) return '';
    if (isPlain(value)) return String(value);
    if (Array.isArray(value)) return value.every(isPlain) ? value.map(cellText).join(', ') : JSON.stringify(value);
    const entries = Object.entries(value);
    if (!entries.every(([, item]) => isPlain(item))) return JSON.stringify(value);
    return entries.map(([name, item]) => `${name}: ${cellText(item)}`).join('; ');
  }

  function webUrl(text) {
    return text.length <= 2048 && /^https?:\/\/[^\s]+$/i.test(text) && URL.canParse(text) ? text : undefined;
  }

  /** @returns {HTMLElement} */
  function make(tag, properties = {}, ...children) {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
  }

  function valueCell(name, value, confidence) {
    const text = shortened(cellText(value));
    const url = webUrl(text);
    const shown = url ? make('a', { href: url, rel: 'noopener noreferrer nofollow', target: '_blank' }, url) : text;
    const cell = make(
      'td',
      {},
      make('div', { className: typeof value === 'number' ? 'value number' : 'value' }, shown),
    );
    cell.dataset.label = name;
    if (confidence) {
      const mark = make('span', { className: `confidence ${confidence}`, title: `${confidence} confidence` });
      mark.setAttribute('role', 'img');
      mark.setAttribute('aria-label', `${confidence} confidence`);
      cell.append(mark);
    }
    return cell;
  }

  function statusCell(row, groupPath) {
    const dot = make('span', { className: 'dot' });
    dot.setAttribute('aria-hidden', 'true');
    const words = row.status.replace('_', ' ');
    const status = row.runId
      ? make('a', { className: 'status', href: `${groupPath}/runs/${row.runId}` }, dot, words)
      : make('span', { className: 'status' }, dot, words);
    const cell = make('th', { scope: 'row' }, status);
    if (row.reason !== null) cell.append(make('span', { className: 'reason' }, shortened(row.reason)));
    return cell;
  }

  /**
   * @param {Row} row
   * @param {string[]} columns
   * @param {string} groupPath
   */
  function drawRow(row, columns, groupPath) {
    const line = make('tr', { className: row.status });
    line.dataset.row = String(row.row);
    const own = (name) => (Object.hasOwn(row.result, name) ? row.result[name] : undefined);
    const sure = (name) => (Object.hasOwn(row.confidence, name) ? row.confidence[name] : undefined);
    line.append(statusCell(row, groupPath), ...columns.map((name) => valueCell(name, own(name), sure(name))));
    return line;
  }

  function fromJson(result, run) {
    return {
      row: run.row,
      attempt: run.attempt,
      status: run.status,
      runId: run.run_id,
      result,
      confidence: run.confidence,
      reason: run.error ? run.error.message : null,
    };
  }

  function confidenceOf(output, result) {
    const levels = ['low', 'medium', 'high'];
    const found = {};
    for (const { field, confidence } of output?.basis ?? []) {
      const level = String(confidence).toLowerCase();
      if (!levels.includes(level)) continue;
      const spelled = (name) => (name.startsWith('$') ? `$${name}` : name);
      const name = Object.hasOwn(result, spelled(field)) ? spelled(field) : spelled(field.split('.', 1)[0]);
      if (!(name in found) || levels.indexOf(level) < levels.indexOf(found[name])) found[name] = level;
    }
    return found;
  }

  return { make, valueCell, drawRow, fromJson, confidenceOf };
})();
