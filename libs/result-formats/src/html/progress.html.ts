import { isSettled, type GroupHeader, type RowStatus } from '@multitask/task-group';
import { html, type Html } from './template';

/** Order of the bar's segments, from what is good to what is still to come. */
const order: readonly RowStatus[] = [
  'completed',
  'failed',
  'rejected',
  'action_required',
  'cancelled',
  'cancelling',
  'running',
  'queued',
];

/** A stacked bar; drawn in SVG because its attributes need no inline style, which the content security policy forbids. */
export function progressBar({ counts, rowCount }: Pick<GroupHeader, 'counts' | 'rowCount'>): Html {
  let x = 0;
  const segments = order.flatMap((status) => {
    const count = counts[status] ?? 0;
    if (count === 0) return [];
    const width = (count / rowCount) * 1_000;
    const segment = html`<rect class="${status}" x="${x.toFixed(2)}" width="${width.toFixed(2)}" height="10" />`;
    x += width;
    return [segment];
  });
  const done = order.reduce((sum, status) => sum + (isSettled(status) ? (counts[status] ?? 0) : 0), 0);
  return html`<div
    class="bar"
    id="bar"
    role="progressbar"
    aria-label="Rows done"
    aria-valuemin="0"
    aria-valuemax="${rowCount}"
    aria-valuenow="${done}"
  >
    <svg viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true">${segments}</svg>
  </div>`;
}

export const statusCounts = ({ counts }: Pick<GroupHeader, 'counts'>): Html =>
  html`<ul class="counts" id="counts">
    ${order
      .filter((status) => counts[status])
      .map(
        (status) =>
          html`<li class="${status}">
            <span class="dot" aria-hidden="true"></span><b>${counts[status]}</b> ${status.replace('_', ' ')}
          </li>`,
      )}
  </ul>`;
