import type { GroupHeader } from '@multitask/task-group';
import { costOf } from '../group/cost';
import { html, type Html } from './template';

/** What does not move much: processor, cost, when it began and how long it stays. */
export const factLine = (header: GroupHeader): Html =>
  html`<p class="facts">
    <span><b>${header.spec.processor}</b> processor</span>
    ${costFact(header)}
    <span>created <time datetime="${header.createdAt}">${utcMinute(header.createdAt)}</time></span>
    <span id="expiry">${expiry(header)}</span>
  </p>`;

function costFact(header: GroupHeader): Html | false {
  const { spent_usd, estimated_total_usd } = costOf(header);
  if (spent_usd === null || estimated_total_usd === null) return false;
  const uncharged = header.upstream === 'emulator' && ' by list price, nothing is charged';
  return html`<span><span id="cost">${costText(spent_usd, estimated_total_usd)}</span>${uncharged}</span>`;
}

/** The page's script says it in the same words: `status.view.ts`. */
const costText = (spent: number, total: number): string =>
  spent === total ? `${dollars(spent)} spent` : `${dollars(spent)} of ${dollars(total)} spent`;

/** `$0.60`, and `$0.005` where cents do not say it. */
function dollars(amount: number): string {
  const cents = amount.toFixed(2);
  return `$${Number(cents) === amount ? cents : String(amount)}`;
}

const expiry = ({ expiresAt, spec }: GroupHeader): Html =>
  expiresAt === null
    ? html`kept ${spec.ttl_days} days after the last row`
    : html`kept until <time datetime="${expiresAt}">${expiresAt.slice(0, 10)}</time>`;

const utcMinute = (instant: string): string => `${instant.slice(0, 16).replace('T', ' ')} UTC`;
