import { processors, type Processor } from '@multitask/contracts';
import { faultRoom, field, step } from './form.markup';

const isFast = ({ name }: Processor): boolean => name.endsWith('-fast');

/** `10 s – 2 min` */
export function spanText([min, max]: readonly [number, number]): string {
  const part = (seconds: number) => (seconds < 60 ? [Math.round(seconds), 's'] : [Math.round(seconds / 60), 'min']);
  const [[from, unit], [to, last]] = [part(min), part(max)] as [[number, string], [number, string]];
  return unit === last ? `${from}–${to} ${unit}` : `${from} ${unit} – ${to} ${last}`;
}

/** `$0.10`, and `$0.005` where cents do not say it. */
const dollars = (usd: number): string => `$${Number(usd.toFixed(2)) === usd ? usd.toFixed(2) : usd}`;

const line = ({ name, usdPerRun, latencySeconds, maxFields }: Processor): string =>
  `<tr data-processor="${name}"><th scope="row"><label><input type="radio" name="processor" value="${name}"${name === 'lite' ? ' checked' : ''}> ${name}</label></th>
<td class="number">${dollars(usdPerRun)}</td><td class="number">${spanText(latencySeconds)}</td><td class="number narrow">${maxFields}</td><td class="number scripted" data-total></td></tr>`;

const head = `<thead><tr><th scope="col">Processor</th><th scope="col" class="number">A row</th><th scope="col" class="number">Takes</th><th scope="col" class="number narrow">Fields</th><th scope="col" class="number scripted">These rows</th></tr></thead>`;

const table = (caption: string, lines: string): string =>
  `<div class="scroller"><table class="processors"><caption class="heard">${caption}</caption>${head}<tbody>${lines}</tbody></table></div>`;

const suggested = `<tr data-processor=""><th scope="row"><label><input type="radio" name="processor" value=""> suggested</label></th><td colspan="3" class="quiet">chosen for the task when you start</td><td class="number scripted" data-total></td></tr>`;

/** Prices and times are those the API answers with: one table for both. */
export const processorStep = step(
  'step-processor',
  '03',
  'Processor',
  'Dearer ones think longer, look further, and answer more fields well.',
  `<fieldset class="field" data-field="processor">
<legend class="heard">Processor</legend>
${table(
  'Processors, with the price of a row, how long a row takes, and how many fields are answered well',
  suggested +
    processors
      .filter((one) => !isFast(one))
      .map(line)
      .join(''),
)}
<details class="source"><summary>Fast twins</summary>
<p class="hint">The same price, less time. Parallel’s newest pages do not name them any more, so an account may refuse them.</p>
${table('Fast processors', processors.filter(isFast).map(line).join(''))}
</details>
${faultRoom('processor')}
</fieldset>`,
);

export const costField = field({
  name: 'max_cost_usd',
  label: 'At most <small>US dollars</small>',
  value: '1',
  more: 'inputmode="decimal"',
  hint: 'Above it nothing is started.',
});
