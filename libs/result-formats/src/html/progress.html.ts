import { isSettled, type GroupHeader, type RowStatus } from '@multitask/task-group';
import { paceOf, paceText } from '../group/pace';
import { statusJson } from '../group/status';
import { html, type Html } from './template';

/** Order of the bar's segments, from what is good to what is still to come. The page's script has the same: `row.order.ts`. */
export const statusOrder: readonly RowStatus[] = [
  'completed',
  'failed',
  'rejected',
  'action_required',
  'cancelled',
  'cancelling',
  'running',
  'queued',
];

/** How far it is, how fast it goes, and what is left. The page's script keeps it so: `status.view.ts`. */
export function progressPart(header: GroupHeader): Html {
  const pace = paceOf(header);
  return html`<section class="progress" aria-label="Progress">
    <div class="progress-head">
      <p class="message" id="message">${statusJson(header).status_message}</p>
      <p class="pace" id="pace">${pace && paceText(pace)}</p>
    </div>
    ${progressBar(header)}
  </section>`;
}

/** A stacked bar; drawn in SVG because its attributes need no inline style, which the content security policy forbids. */
function progressBar({ counts, rowCount }: Pick<GroupHeader, 'counts' | 'rowCount'>): Html {
  let x = 0;
  const segments = statusOrder.flatMap((status) => {
    const count = counts[status] ?? 0;
    if (count === 0) return [];
    const width = (count / rowCount) * 1_000;
    const segment = html`<rect class="${status}" x="${x.toFixed(2)}" width="${width.toFixed(2)}" height="10" />`;
    x += width;
    return [segment];
  });
  const done = statusOrder.reduce((sum, status) => sum + (isSettled(status) ? (counts[status] ?? 0) : 0), 0);
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

/** How many rows are in each status; the script makes filters of them. */
export const statusCounts = ({ counts, rowCount }: Pick<GroupHeader, 'counts' | 'rowCount'>): Html =>
  html`<ul class="counts" id="counts" aria-label="Rows by status">
    <li>
      <span class="chip">all <b>${rowCount.toLocaleString('en')}</b></span>
    </li>
    ${statusOrder
      .filter((status) => counts[status])
      .map(
        (status) =>
          html`<li class="${status}">
            <span class="chip"
              ><span class="dot" aria-hidden="true"></span>${status.replace('_', ' ')}
              <b>${counts[status]!.toLocaleString('en')}</b></span
            >
          </li>`,
      )}
  </ul>`;
