/** Longer than any name of ours. */
const longestName = 32;

/**
 * A name that a user wrote, fit for an answer and a log: who put a key where a name belongs gets no more of it back than its
 * beginning. A name is taken for one when it is short and no more than a few of its characters are digits.
 */
export function shownName(name: string): string {
  const isName = /^[\w $.[\]-]*$/.test(name) && name.length <= longestName && name.replace(/\D/g, '').length <= 5;
  return isName ? name : `${name.slice(0, 8)}…`;
}
