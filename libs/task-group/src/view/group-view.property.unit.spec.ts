import { GroupStory } from '@multitask/testing';
import { runStatuses, type RecordedEvent } from '@multitask/contracts';
import fc from 'fast-check';
import { isSettled, type GroupView } from './group-view';
import { applyToView, emptyFold } from './group-view.projection';

type Step = (story: GroupStory) => void;

const row = fc.nat({ max: 5 });
const attempt = fc.integer({ min: 1, max: 3 });
/** Any step in any order, most of which cannot follow: the log may hold what a bug or a race wrote. */
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.tuple(fc.array(row, { minLength: 1 }), attempt).map(
    ([rows, a]): Step =>
      (story) =>
        story.bought(rows, a),
  ),
  fc.tuple(row, fc.constantFrom(...runStatuses), attempt).map(
    ([r, status, a]): Step =>
      (story) =>
        story.reported(r, status, { attempt: a }),
  ),
  fc.tuple(row, attempt).map(
    ([r, a]): Step =>
      (story) =>
        story.rejected(r, 'no', a),
  ),
  fc.array(fc.string(), { minLength: 1, maxLength: 3 }).map(
    (inputs): Step =>
      (story) =>
        story.appended(inputs),
  ),
  fc.array(row, { minLength: 1 }).map(
    (rows): Step =>
      (story) =>
        story.retried(...rows),
  ),
  fc.constant<Step>((story) => story.cancelled()),
  fc.constant<Step>((story) => story.completed()),
  fc.constant<Step>((story) => story.blocked()),
);
const lives = fc.array(step, { maxLength: 40 }).map((steps) => {
  const story = new GroupStory().created(['a', 'b', 'c']);
  for (const take of steps) take(story);
  return story.events;
});

const fold = (events: readonly RecordedEvent[]) => events.reduce(applyToView, emptyFold(events[0]!.groupId));

function eachStep(events: readonly RecordedEvent[], check: (before: GroupView, after: GroupView) => void): void {
  const state = emptyFold(events[0]!.groupId);
  for (const event of events) {
    const before = structuredClone(state.view);
    applyToView(state, event);
    if (before) check(before, state.view!);
  }
}

describe('whatever the log holds', () => {
  it('the counts are those of the rows and sum to their number', () => {
    fc.assert(
      fc.property(lives, (events) => {
        eachStep(events, (_, view) => {
          const counted: Record<string, number> = {};
          for (const { status } of view.rows) counted[status] = (counted[status] ?? 0) + 1;
          expect(view.counts).toEqual(counted);
          expect(view.rowCount).toBe(view.rows.length);
        });
      }),
    );
  });

  it('the end of a run is final: only a retry opens a row again, under the next attempt', () => {
    fc.assert(
      fc.property(lives, (events) => {
        eachStep(events, (before, after) => {
          before.rows.forEach((old, i) => {
            const now = after.rows[i]!;
            if (old.runId === null || !isSettled(old.status) || now.attempt > old.attempt) return;
            expect(now).toEqual(old);
          });
        });
      }),
    );
  });

  it('a row keeps its input, its number and, within an attempt, its run', () => {
    fc.assert(
      fc.property(lives, (events) => {
        eachStep(events, (before, after) => {
          expect(after.rows.length).toBeGreaterThanOrEqual(before.rows.length);
          before.rows.forEach((old, i) => {
            const now = after.rows[i]!;
            expect([now.row, now.input]).toEqual([old.row, old.input]);
            if (now.attempt === old.attempt && old.runId !== null) expect(now.runId).toBe(old.runId);
          });
        });
      }),
    );
  });

  it('events read twice change nothing', () => {
    fc.assert(
      fc.property(lives, fc.nat(), (events, cut) => {
        const again = events.slice(cut % events.length);
        expect(again.reduce(applyToView, fold(events)).view).toEqual(fold(events).view);
      }),
    );
  });

  it('a view that was stored and read back goes on as if it had never left', () => {
    fc.assert(
      fc.property(lives, fc.nat(), (events, where) => {
        const cut = 2 + (where % (events.length - 1));
        const first = fold(events.slice(0, cut));
        // Rows that no command has committed yet are no part of a view; whoever stores one stores them beside it.
        const revived = { ...first, view: JSON.parse(JSON.stringify(first.view)) as GroupView };
        expect(events.slice(cut).reduce(applyToView, revived).view).toEqual(fold(events).view);
      }),
    );
  });
});
