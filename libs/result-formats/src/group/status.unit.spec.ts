import { runStatuses } from '@multitask/contracts';
import { applyToView, emptyFold, type GroupHeader } from '@multitask/task-group';
import { GroupStory } from '@multitask/testing';
import { statusProbe } from './status';

const bytes = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));

/** As large as a group’s counters and names get: every status there is, the most rows, the longest names. */
function blockedGroup(message: string): GroupHeader {
  const title = message.slice(0, 200);
  const story = new GroupStory().created(['a'], {
    spec: { processor: 'ultra8x-fast', output: { type: 'auto' }, ttl_days: 30, title },
  });
  const header = story.blocked('upstream_down').events.reduce(applyToView, emptyFold(story.groupId)).view!;
  const counts = Object.fromEntries([...runStatuses, 'rejected'].map((status) => [status, 100_000]));
  const blocked = { ...header.blocked!, message };
  const instant = header.modifiedAt;
  return { ...header, counts, rowCount: 100_000, blocked, completedAt: instant, expiresAt: instant };
}

describe('the status probe', () => {
  it.each([
    ['plain words', 'The service cannot be reached. '],
    ['ideographs', '無法連線到服務，請稍後再試。'],
    ['emoji', '🛰️👩‍👩‍👧🔥'],
    ['control characters', '\u0001\u0000"\\'],
    ['halves of characters', '\uD83D'],
  ])('stays under 1 KiB whatever the upstream says: %s', (_, phrase) => {
    const probe = statusProbe(blockedGroup(phrase.repeat(400)));
    expect(bytes(probe)).toBeLessThan(1_000);
    expect(bytes(probe.status.blocked!.message)).toBeGreaterThan(200);
  });

  it('cuts between characters, never inside one', () => {
    const { message } = statusProbe(blockedGroup(`x${'🔥'.repeat(400)}`)).status.blocked!;
    expect(message).toBe(`x${'🔥'.repeat(51)}`);
  });

  it('leaves a short reason as it is', () => {
    const message = '無法連線 🔥';
    expect(statusProbe(blockedGroup(message)).status.blocked!.message).toBe(message);
  });
});
