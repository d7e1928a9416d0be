import type { LogMessage, ProgressAccount } from './ledger';

type Checkpoints = ProgressAccount['checkpoints'];

const isBeyond = (one: Checkpoints, other: Checkpoints): boolean =>
  Object.entries(one).some(([partition, seq]) => seq > (other[partition] ?? 0));

/** How far each partition was certainly projected then: by every look until then, and by what else is known of it. */
export function checkpointsAt(
  progress: readonly ProgressAccount[],
  at: number,
  ...known: readonly (Checkpoints | undefined)[]
): Checkpoints {
  const most: Record<string, number> = {};
  for (const checkpoints of [...known, ...progress.filter((look) => look.at <= at).map((look) => look.checkpoints)])
    for (const [partition, seq] of Object.entries(checkpoints ?? {}))
      most[partition] = Math.max(most[partition] ?? 0, seq);
  return most;
}

/** The first look after `from` that found any partition beyond `done`. */
export const advanceOf = (
  progress: readonly ProgressAccount[],
  from: number,
  done: Checkpoints,
): ProgressAccount | undefined => progress.find(({ at, checkpoints }) => at > from && isBeyond(checkpoints, done));

/** The first message of the log that its partition's checkpoint does not pass; none: everything is projected. */
export const firstUnprojected = (messages: readonly LogMessage[], done: Checkpoints): LogMessage | undefined =>
  messages.find(({ seq, partition }) => seq > (done[partition] ?? 0));

/** The longest time that something which came into the log between two moments stood there before it was projected. */
export function longestLag(
  messages: readonly LogMessage[],
  progress: readonly ProgressAccount[],
  from: number,
  to: number,
): number {
  let longest = 0;
  for (const { at, seq, partition } of messages) {
    if (at < from || at > to) continue;
    const seen = progress.find((look) => look.at >= at && (look.checkpoints[partition] ?? 0) >= seq);
    longest = Math.max(longest, (seen?.at ?? Infinity) - at);
  }
  return longest;
}
