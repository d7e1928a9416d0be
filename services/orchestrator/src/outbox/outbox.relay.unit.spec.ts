import { createLogger } from '@multitask/platform';
import { eventually } from '@multitask/testing';
import { OutboxRelay, type RelayedOutbox } from './outbox.relay';

describe('a relay with nothing to publish', () => {
  it('forgets what is gone at its beginning, and once an hour from then on', async () => {
    let [now, looks, forgot] = [0, 0, 0];
    const outbox: RelayedOutbox = {
      lead: () => Promise.resolve(true),
      next: () => Promise.resolve((looks++, [])),
      forget: () => Promise.resolve(void forgot++),
      mark: () => Promise.resolve(),
      close: () => Promise.resolve(),
    };
    const relay = new OutboxRelay({
      open: () => Promise.resolve(outbox),
      feed: { ensure: () => Promise.resolve(), publish: () => Promise.resolve() },
      logger: createLogger('test', { level: 'silent', format: 'json' }),
      onPublished: () => undefined,
      now: () => now,
    });
    /** Two looks more: the first one's forgetting is done. */
    const looked = async () => {
      const before = looks;
      await eventually(() => {
        relay.nudge();
        return looks > before + 1;
      });
    };
    relay.start();
    await looked();
    expect(forgot).toBe(1);
    for (now = 60_000; now < 3_600_000; now += 600_000) await looked();
    expect(forgot).toBe(1);
    now = 3_600_000;
    await looked();
    expect(forgot).toBe(2);
    await relay.stop();
  });
});
