import type { Ledger } from './ledger';

/** Looks at a result that were not answered with it, by what they were answered. */
export const unread = ({ polls }: Pick<Ledger, 'polls'>): string[] =>
  polls.filter(({ status }) => status !== 200).map(({ status }) => `result ${status ?? 'unanswered'}`);

/** Streams that were asked for and not given. Whoever left before the answer came is not counted. */
export const unheard = ({ readers }: Pick<Ledger, 'readers'>): string[] =>
  readers
    .flatMap(({ connections }) => connections)
    .filter(({ status, end }) => status !== 200 && status !== 204 && !(status === null && end === 'reader'))
    .map(({ status }) => `stream ${status ?? 'unanswered'}`);

/** Calls that create and had to be repeated. */
export const uncreated = ({ groups }: Pick<Ledger, 'groups'>): string[] =>
  groups.flatMap(({ refusals }) => refusals.map(({ status }) => `create ${status}`));

/** What is wrong when there must be none; undefined when there is none. */
export function inShort(failed: readonly string[], asked: number): string | undefined {
  if (asked === 0) return 'nothing was asked';
  if (failed.length === 0) return undefined;
  const kinds = [...Map.groupBy(failed, (what) => what)].map(([what, { length }]) => `${length} × ${what}`);
  return `${failed.length} of ${asked}: ${kinds.join(', ')}`;
}
