import { commandFilter } from '@multitask/contracts';
import { cancelled, newGroupId } from './event-log.contract';
import { LogUnavailableError } from './event-log';
import { InMemoryEventLog } from './memory.log';
import { TrustedLog } from './trusted.log';

function setting() {
  const listeners = new Set<() => void>();
  const trust = {
    trusted: true,
    isTrusted: () => Promise.resolve(trust.trusted),
    forget: () => undefined,
    onLost: (listener: () => void) => (listeners.add(listener), () => listeners.delete(listener)),
    lose: () => {
      trust.trusted = false;
      for (const listener of listeners) listener();
    },
  };
  const inner = new InMemoryEventLog();
  return { trust, inner, log: new TrustedLog(inner, trust), listeners };
}

describe('a log that is not trusted', () => {
  test('given trust, then it is the log itself', async () => {
    const { log, inner } = setting();
    const group = newGroupId();
    const { lastSeq } = await log.append(group, [cancelled(1)], 'any');
    expect([await log.lastSeq(group), await inner.lastSeq(group)]).toEqual([lastSeq, lastSeq]);
  });

  test('given none, then it is away for everything, and nothing reaches it', async () => {
    const { log, inner, trust } = setting();
    const group = newGroupId();
    await inner.append(group, [cancelled(1)], 'any');
    trust.lose();
    const reading = async () => {
      for await (const _ of log.readGroup(group)) throw new Error('read something');
    };
    const tries = [
      () => log.append(group, [cancelled(1)], 'any'),
      () => log.lastSeq(group),
      () => log.purgeGroup(group),
      () => log.incarnation(),
      () => log.fingerprint(1),
      () => log.state(),
      reading,
    ];
    for (const attempt of tries) await expect(attempt()).rejects.toBeInstanceOf(LogUnavailableError);
    expect(await inner.lastSeq(group)).toBe(1);
  });

  test('given a tail, when trust is lost, then it ends and lets go of its listener', async () => {
    const { log, trust, listeners } = setting();
    await log.append(newGroupId(), [cancelled(1)], 'any');
    let seen = 0;
    for await (const _ of log.tail(commandFilter, 1, new AbortController().signal)) {
      seen++;
      trust.lose();
    }
    expect([seen, listeners.size]).toEqual([1, 0]);
  });
});
