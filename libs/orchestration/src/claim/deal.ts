/**
 * Who gets which of the things that are there: one after the other as cards are dealt, nobody more than he asked for. So someone who
 * asks for many leaves something for someone who asks for one.
 */
export function dealt<T>(things: readonly T[], limits: readonly number[]): T[][] {
  const hands = limits.map((): T[] => []);
  let next = 0;
  for (let round = 0; next < things.length; round++) {
    const before = next;
    for (const [i, limit] of limits.entries())
      if (round < limit && next < things.length) hands[i]!.push(things[next++]!);
    if (next === before) break;
  }
  return hands;
}
