import fc from 'fast-check';
import { decideExpiry, decideWebhook, nextWebhookTry, webhookBody, webhookId, type WebhookAnswer } from '.';

const start = new Date('2026-11-21T12:00:00Z');
const hour = 3_600_000;
const after = (ms: number) => new Date(start.getTime() + ms);

/** Every attempt at an endpoint that never succeeds: milliseconds after the first. */
function attemptsOf(chance: () => number): number[] {
  const times = [0];
  for (;;) {
    const now = after(times.at(-1)!);
    const next = nextWebhookTry({ attempt: times.length, startedAt: start, now, chance: chance() });
    if (!next) return times;
    times.push(next.getTime() - start.getTime());
  }
}

describe('the schedule of a webhook', () => {
  it('given an endpoint that stays away, when chance is even, then it is tried 13 times over three days', () => {
    const seconds = attemptsOf(() => 0).map((ms) => ms / 1_000);
    const waits = seconds.slice(1).map((at, i) => at - seconds[i]!);
    expect(waits.slice(0, -1)).toEqual([5, 30, 120, 600, 1_800, 7_200, 18_000, 36_000, 36_000, 50_400, 86_400]);
    expect(seconds.at(-1)).toBe(72 * 3_600);
  });

  it('whatever chance does, waits grow, stay within a tenth of the plan and end with the window', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 20, maxLength: 20 }),
        (chances) => {
          let next = 0;
          const times = attemptsOf(() => chances[next++]!);
          const even = attemptsOf(() => 0);
          expect(times).toHaveLength(even.length);
          expect(times.at(-1)).toBe(72 * hour);
          times.slice(1, -1).forEach((at, i) => {
            const wait = at - times[i]!;
            const planned = even[i + 1]! - even[i]!;
            expect(Math.abs(wait - planned)).toBeLessThanOrEqual(planned * 0.1 + 1);
          });
        },
      ),
    );
  });

  it('given an endpoint that asks for time, then it gets it, within the window', () => {
    const facts = { attempt: 1, startedAt: start, now: start, chance: 0 };
    expect(nextWebhookTry({ ...facts, retryAfter: 3_600 })).toEqual(after(hour));
    expect(nextWebhookTry({ ...facts, retryAfter: 1 })).toEqual(after(5_000));
    expect(nextWebhookTry({ ...facts, retryAfter: 1e9 })).toEqual(after(72 * hour));
  });
});

describe('what follows from an attempt', () => {
  const facts = { generation: 2, attempt: 3, startedAt: start, now: after(60_000), chance: 0 };
  const decide = (answer: WebhookAnswer, now = facts.now) => decideWebhook({ ...facts, now }, answer);

  it.each([200, 201, 204, 299])('given %i, then it is delivered', (status) => {
    expect(decide({ status })).toEqual({
      outcome: 'delivered',
      nextTryAt: null,
      events: [
        {
          name: 'WebhookAttempted',
          data: { generation: 2, attempt: 3, status, error: null, delivered: true, next_try_at: null },
        },
      ],
    });
  });

  it.each([
    [{ status: 500 }, 'the endpoint answered 500'],
    [{ status: 404 }, 'the endpoint answered 404'],
    [{ status: 302 }, 'the endpoint answered 302, and redirects are not followed'],
    [{ status: null, fault: 'it cannot be reached' }, 'it cannot be reached'],
  ])('given %j, then it is tried again', (answer, error) => {
    const decision = decide(answer);
    expect(decision).toMatchObject({ outcome: 'retry', nextTryAt: after(180_000) });
    expect(decision.events).toMatchObject([
      { data: { error, delivered: false, next_try_at: after(180_000).toISOString() } },
    ]);
  });

  it('given 410, then it ends at once and says so', () => {
    const decision = decide({ status: 410 });
    expect(decision).toMatchObject({ outcome: 'gone', nextTryAt: null });
    expect(decision.events.map(({ name }) => name)).toEqual(['WebhookAttempted', 'WebhookGaveUp']);
    expect(decision.events[1]?.data).toEqual({ generation: 2, attempts: 3, reason: 'the endpoint answered 410 Gone' });
  });

  it('given a failure at the end of three days, then it is given up', () => {
    const decision = decide({ status: 503, retryAfter: 5 }, after(72 * hour));
    expect(decision.outcome).toBe('given_up');
    expect(decision.events[1]?.data.reason).toBe('no success in three days: the endpoint answered 503');
  });
});

describe('the message', () => {
  const completion = {
    groupId: 'tgrp_1',
    generation: 2,
    origin: 'https://multitask.example',
    counts: { completed: 20, failed: 2 },
    completedAt: start,
  };

  it('says where, what and how it ended, with the URL at the top too', () => {
    expect(JSON.parse(webhookBody(completion))).toEqual({
      type: 'task_group.completed',
      timestamp: '2026-11-21T12:00:00.000Z',
      data: {
        url: 'https://multitask.example/tgrp_1',
        taskgroup_id: 'tgrp_1',
        generation: 2,
        status: {
          num_task_runs: 22,
          task_run_status_counts: { completed: 20, failed: 2 },
          is_active: false,
          status_message: '20 of 22 rows completed.',
          modified_at: '2026-11-21T12:00:00.000Z',
        },
      },
      url: 'https://multitask.example/tgrp_1',
    });
  });

  it('is the same at every attempt, under an id of the completion', () => {
    expect(webhookBody(completion)).toBe(webhookBody({ ...completion }));
    expect(webhookId(completion)).toBe('tgrp_1.2');
  });
});

describe('the end of a group', () => {
  it.each([
    ['ttl', [], true],
    ['ttl', ['RowsAccepted', 'WebhookAttempted'], true],
    ['ttl', ['RowsAccepted', 'InputsAppended'], false],
    ['ttl', ['RetryRequested'], false],
    ['lifetime', ['InputsAppended'], true],
    ['deleted', ['RetryRequested'], true],
    ['ttl', ['GroupExpired'], false],
    ['deleted', ['GroupExpired'], false],
  ] as const)('given %s and then %j, it %s come', (reason, newer, comes) => {
    const expired = decideExpiry(reason, newer, start);
    expect(expired?.data).toEqual(comes ? { reason, expired_at: start.toISOString() } : undefined);
  });
});
