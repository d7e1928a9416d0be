import type { GroupEvent, RecordedEvent } from '@multitask/contracts';
import { groupStories } from '@multitask/testing';
import fc from 'fast-check';
import { evolve, initialGroup } from '../ingest';
import { isActive, isSettled, type GroupView } from '../view/group-view';
import { applyToView, emptyFold } from '../view/group-view.projection';
import { decideDistrust } from './distrust.decider';
import { decideRestore } from './restore.decider';
import { lossesOf } from './restoration.check';

const fold = (groupId: string, events: readonly RecordedEvent[]): GroupView | undefined =>
  events.reduce(applyToView, emptyFold(groupId)).view;

/** Appends facts behind what is there, as the log would. */
function behind(groupId: string, events: readonly RecordedEvent[], facts: readonly GroupEvent[]): RecordedEvent[] {
  const last = events.at(-1)?.seq ?? 0;
  const time = '2026-12-01T00:00:00.000Z';
  return [
    ...events,
    ...facts.map((fact, i) => ({ ...fact, groupId, seq: last + 1 + i, time, id: `again-${i}` }) as RecordedEvent),
  ];
}

let batches = 0;
const options = { now: '2026-12-01T00:00:00.000Z', newBatchId: () => `again_${batches++}` };

/** What a reader must not lose. */
const essence = (view: GroupView) => ({
  generation: view.generation,
  completedGeneration: view.completedGeneration,
  counts: view.counts,
  rowCount: view.rowCount,
  spec: view.spec,
  warnings: view.warnings,
  webhook: view.webhook,
  rows: view.rows.map(({ refusal, ...row }) => ({ ...row, updatedSeq: 0, refused: refusal !== null })),
});

describe('a log that lost its newest part', () => {
  test('given any life of a group and any cut, then what was kept of it is told behind the cut, and told once', () => {
    fc.assert(
      fc.property(groupStories, fc.nat({ max: 40 }), ({ groupId, events }, cut) => {
        const left = events.slice(0, cut);
        const kept = fold(groupId, events)!;
        const logged = fold(groupId, left);
        const restored = behind(groupId, left, decideRestore(kept, logged, options));
        const view = fold(groupId, restored);
        expect(lossesOf(kept, view)).toEqual([]);
        expect(essence(view!)).toEqual(essence(kept));
        expect(decideRestore(kept, view, options)).toEqual([]);
      }),
      { numRuns: 400 },
    );
  });

  test('given a restored group that is open, then none of its rows can be bought before the list was read', () => {
    fc.assert(
      fc.property(groupStories, fc.nat({ max: 40 }), ({ groupId, events }, cut) => {
        const left = events.slice(0, cut);
        const kept = fold(groupId, events)!;
        const restored = behind(groupId, left, decideRestore(kept, fold(groupId, left), options));
        const state = restored.reduce(evolve, initialGroup(groupId));
        const facts = decideDistrust(state, { holder: 'repair', deadline: options.now });
        expect(facts.length > 0).toBe(isActive(kept));
        const after = behind(groupId, restored, facts).reduce(evolve, initialGroup(groupId));
        if (!isActive(kept)) return;
        expect(after.holder?.name).toBe('repair');
        const free = after.rows.filter((row) => row.runId === null && row.batch === 0 && !isSettled(row.status));
        expect(free).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });
});
