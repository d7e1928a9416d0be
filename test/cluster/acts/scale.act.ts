import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../../chaos/waiting';
import { unnoticed, type ActAccount, type ActOf, type Stage } from './act';

/** People who read at once. */
const crowd = 12;

/**
 * A crowd reads results until the autoscaler has made as many pods as it may and each has streams to send; then the crowd goes, and
 * the autoscaler takes pods away until the fewest are left. Readers of the streams resume elsewhere.
 */
export async function scaleWithReaders({ part, most, fewest }: ActOf<'scale'>, stage: Stage): Promise<ActAccount> {
  const { house, release, progress } = stage;
  const at = Date.now();
  await until('a group is there', () => progress.groups.length > 0, { timeoutMs: 60_000 });
  const leaving = new AbortController();
  const readers = Array.from({ length: crowd }, (_, i) => readOn(stage, i, leaving.signal));
  const pods = async () => (await release.podsOf(part)).map(({ ip }) => ip);
  const grown = async () => {
    const ips = await pods();
    const streams = await Promise.all(ips.map(openStreams));
    return ips.length === most && streams.every((open) => open > 0);
  };
  await until(`${most} pods of ${part} send streams`, grown, { timeoutMs: 240_000, everyMs: 500 }).finally(() =>
    leaving.abort(),
  );
  const up = Date.now();
  await Promise.all(readers);
  const shrunk = async () => (await pods()).length === fewest;
  await until(`${fewest} of ${part} is left`, shrunk, { timeoutMs: 300_000, everyMs: 500 });
  await release.settled(120_000);
  const down = Date.now();
  const overBefore = progress.over.aborted ? ['the groups were over before the pods were gone'] : [];
  // Rows that were kept from ending until now.
  await house.emulator.advanceClock(2 * 86_400);
  return {
    fault: { kind: 'stop', service: part, at: up, until: down },
    disturbance: { what: `${part} scaled`, from: at, until: down, ...unnoticed },
    faults: overBefore,
    says: `${most} pods after ${((up - at) / 1_000).toFixed(0)} s, ${fewest} again ${((down - up) / 1_000).toFixed(0)} s after the crowd left`,
  };
}

/** Somebody who looks at results without a rest. */
async function readOn({ progress }: Stage, number: number, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const { url } = progress.groups[number % progress.groups.length]!.answers[0]!;
    await fetch(`${url}${number % 2 === 0 ? '.html' : '.json'}`, { signal }).catch(() => undefined);
    await sleep(20);
  }
}

async function openStreams(ip: string): Promise<number> {
  const answer = await fetch(`http://${ip}:9090/metrics`, { signal: AbortSignal.timeout(5_000) }).catch(
    () => undefined,
  );
  if (!answer?.ok) return 0;
  return Number(/^multitask_stream_readers(?:\{.*\})? (\d+)/m.exec(await answer.text())?.[1] ?? 0);
}
