import type { Fact, Ratio } from '../benchmark';
import { spreadOf, type Spread } from '../measure/spread';
import type { Outcome } from './report.file';
import { boundText, verdictOf } from './verdict';

/** A benchmark's figures as lines of text: name, median with range, what must come out, what stood on either side. */
export function tableOf({ id, name, seconds, load, measured, error }: Outcome): string {
  const title = `\n${id} ${name} (${seconds.toFixed(0)} s, load ${load.toFixed(1)})`;
  if (!measured) return `${title}\n  ${error}`;
  const rows = [...measured.ratios.map(ratioCells), ...measured.facts.map(factCells)];
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return [
    title,
    ...rows.map(
      (row) =>
        `  ${row
          .map((cell, i) => cell.padEnd(widths[i]!))
          .join('  ')
          .trimEnd()}`,
    ),
  ].join('\n');
}

const ratioCells = (ratio: Ratio): string[] => [
  ratio.name,
  spreadText(spreadOf(ratio.rounds)),
  judgement(ratio),
  `${spreadText(ratio.ours)} over ${spreadText(ratio.limit)} ${ratio.unit}`,
];

const factCells = (fact: Fact): string[] => [
  fact.name,
  `${spreadText(spreadOf(fact.rounds))} ${fact.unit}`,
  judgement(fact),
  '',
];

const judgement = ({ rounds, must }: Pick<Ratio, 'rounds' | 'must'>): string =>
  must ? `${verdictOf(rounds, must).verdict.padEnd(7)} (${boundText(must)})` : '';

const spreadText = ({ median, min, max }: Spread): string =>
  min === max ? digits(median) : `${digits(median)} (${digits(min)}–${digits(max)})`;

/** Three significant digits are more than any of it deserves. */
const digits = (value: number): string =>
  Math.abs(value) >= 1_000 ? Math.round(value).toLocaleString('en') : String(Number(value.toPrecision(3)));
