import type { Stage } from '../rig/stage';

/** Too little time was left for five rounds: the machine is too busy to say anything about it now. */
export class TooSlowError extends Error {
  override readonly name = 'TooSlowError';
}

/**
 * Runs the sides in turn, A B A B, after a warm-up round that does not count. Answers what each side gave, round by round.
 * Stops early when the time is up, but never with fewer than three rounds.
 */
export async function interleaved<Sides extends Record<string, (round: number) => Promise<unknown>>>(
  stage: Stage,
  sides: Sides,
  rounds = stage.scale.rounds,
): Promise<{ [Side in keyof Sides]: Awaited<ReturnType<Sides[Side]>>[] }> {
  const names = Object.keys(sides) as (keyof Sides)[];
  const given = Object.fromEntries(names.map((name) => [name, [] as unknown[]]));
  let longest = 0;
  for (let round = 0; round <= rounds; round++) {
    const startedAt = performance.now();
    if (stage.msLeft() < longest * 1.1) {
      if (round > 3) break;
      throw new TooSlowError(`only ${Math.max(0, round - 1)} rounds fit into the time`);
    }
    for (const name of names) {
      const value = await sides[name]!(round);
      stage.note(`round ${round}: ${String(name)} ${JSON.stringify(value)}`);
      if (round > 0) given[name as string]!.push(value);
    }
    longest = Math.max(longest, performance.now() - startedAt);
  }
  return given as never;
}

/** Round by round, so that what slowed a whole round down cancels out. */
export const quotients = (ours: readonly number[], limits: readonly number[]): number[] =>
  ours.map((value, round) => value / limits[round]!);
