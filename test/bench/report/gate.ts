import type { Ratio } from '../benchmark';
import { overlap, spreadOf } from '../measure/spread';
import type { Report } from './report.file';
import { boundText, verdictOf } from './verdict';

/**
 * What a change must not do, as sentences: miss a figure in every single round, or make a ratio worse than it was by more than
 * both spreads. Absolute figures of another run are never compared.
 */
export function failuresOf(report: Report, baseline: Report | undefined): string[] {
  const earlier = new Map(ratiosOf(baseline).map(({ id, ratio }) => [`${id} ${ratio.name}`, ratio]));
  const broken = report.outcomes.flatMap(({ id, error }) => (error === undefined ? [] : [`${id} gave no figures`]));
  const figures = ratiosOf(report).flatMap(({ id, ratio }) => {
    const before = earlier.get(`${id} ${ratio.name}`);
    return [
      ...missed(`${id} ${ratio.name}`, ratio),
      ...(before && isWorse(ratio, before) ? [`${id} ${ratio.name}: worse than before, beyond both spreads`] : []),
    ];
  });
  const facts = report.outcomes.flatMap(({ id, measured }) =>
    (measured?.facts ?? []).flatMap((fact) => missed(`${id} ${fact.name}`, fact)),
  );
  return [...broken, ...figures, ...facts];
}

const ratiosOf = (report: Report | undefined): { id: string; ratio: Ratio }[] =>
  (report?.outcomes ?? []).flatMap(({ id, measured }) => (measured?.ratios ?? []).map((ratio) => ({ id, ratio })));

const missed = (name: string, { rounds, must }: Pick<Ratio, 'rounds' | 'must'>): string[] =>
  must && verdictOf(rounds, must).missedAlways ? [`${name}: no round reached ${boundText(must)}`] : [];

function isWorse(now: Ratio, before: Ratio): boolean {
  const bound = now.must ?? now.aim;
  if (!bound) return false;
  const [spread, was] = [spreadOf(now.rounds), spreadOf(before.rounds)];
  return !overlap(spread, was) && ('atLeast' in bound ? spread.median < was.median : spread.median > was.median);
}
