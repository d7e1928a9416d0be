import type { Sighting } from './log.watch.repository';

/** What is asked of a log to find out whether it still is the one that was seen. */
export interface VerifiableLog {
  incarnation(): Promise<string>;
  fingerprint(seq: number): Promise<string | undefined>;
  state(): Promise<{ readonly lastSeq: number }>;
}

/**
 * Why the log is not the one that was seen, in a sentence; undefined when it is. Sightings come newest first. One that is gone
 * while the log goes further was purged with its group and proves nothing. As long as the server was there the newest that
 * stands vouches for those before it; `all` must be asked for when it was away, because a log that was set back may have been
 * seen in part since.
 */
export async function whatHappenedTo(
  log: VerifiableLog,
  sightings: readonly Sighting[],
  { all = false } = {},
): Promise<string | undefined> {
  const [newest] = sightings;
  if (!newest) return undefined;
  const { lastSeq } = await log.state();
  // Asked after it: the state brings the newest.
  const incarnation = await log.incarnation();
  const other = sightings.find((sighting) => sighting.incarnation !== incarnation);
  if (other) return `the log was ${other.incarnation} and is now ${incarnation}`;
  if (lastSeq < newest.seq) return `the log was seen up to ${newest.seq} and ends at ${lastSeq}`;
  for (const { seq, fingerprint } of sightings) {
    const stored = await log.fingerprint(seq);
    if (stored !== undefined && stored !== fingerprint) return `another message than the one seen stands at ${seq}`;
    if (stored !== undefined && !all) return undefined;
  }
  return undefined;
}
