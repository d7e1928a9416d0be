import { event, type RunStatus } from '@multitask/contracts';
import fc from 'fast-check';
import { applyToView, emptyFold } from '../view/group-view.projection';
import { evolve } from './ingest-group.evolver';
import { initialGroup } from './ingest-group';
import { added, created, given, groupId, recorded, report, requested, runIdOf, text, updated } from './ingest.scenario';
import { defaultPolicy as policy } from './policy';
import { decideRuns, type ObservedRun } from './run.decider';

const bought = () => given(created(2), requested(1, '0.1', '1.1'), added(1, '0.1', '1.1'));
const decide = (state: ReturnType<typeof bought>, ...reports: ObservedRun[]) => decideRuns(state, reports, policy);

describe('a report about a run of ours', () => {
  it('becomes a fact when it moves the run forward', () => {
    expect(decide(bought(), report('0.1', 'running')).events).toEqual(updated('0.1', 'running'));
    expect(decide(bought(), report('0.1', 'completed')).events).toEqual(updated('0.1', 'completed'));
  });

  it('becomes nothing when it says what is known', () => {
    expect(decide(bought(), report('0.1', 'queued')).events).toEqual([]);
    expect(decide(bought(), report('0.1', 'running'), report('0.1', 'running')).events).toHaveLength(1);
    expect(decide(bought(), report('0.1', 'failed'), report('0.1', 'running')).events).toEqual(
      updated('0.1', 'failed'),
    );
  });

  it('is withheld while a completed run has no output, and remembered', () => {
    const { events, missingOutputs } = decide(bought(), report('0.1', 'completed', { output: undefined }));
    expect(events).toEqual([]);
    expect(missingOutputs).toEqual([runIdOf('0.1')]);
  });

  it('comes as a failure when the result does not fit into the log', () => {
    const { events } = decide(bought(), report('0.1', 'completed', { bytes: policy.resultBytes + 1 }));
    expect(events).toMatchObject([{ data: { key: '0.1', run: { status: 'failed', error: { code: 'too_large' } } } }]);
  });

  it('counts a result as the log does, in bytes and not in characters, however it came', () => {
    const small = { ...policy, resultBytes: 1_000 };
    const reported = (content: string) =>
      decideRuns(bought(), [{ ...report('0.1', 'completed'), bytes: undefined, output: text(content) }], small).events;
    expect(reported('漢'.repeat(150))).toMatchObject([{ data: { run: { status: 'completed' } } }]);
    expect(reported('漢'.repeat(400))).toMatchObject([{ data: { run: { error: { code: 'too_large' } } } }]);
    expect(reported('a'.repeat(400))).toMatchObject([{ data: { run: { status: 'completed' } } }]);
  });

  it('never shows one row the answer of another', () => {
    const crossed = report('0.1', 'completed');
    crossed.run.metadata = { multitask_row: '1.1' };
    const { events } = decide(bought(), crossed);
    expect(events).toMatchObject([{ data: { key: '0.1', run: { status: 'failed' } } }]);
    expect(JSON.stringify(events)).not.toContain('answer');
  });

  it('needs no metadata once the run is known', () => {
    const bare = { run: { run_id: runIdOf('0.1'), status: 'completed' as const, metadata: null }, output: text('x') };
    expect(decide(bought(), bare).events).toHaveLength(1);
  });
});

describe('a report about a run that is not known', () => {
  it('is adopted when its key was asked for, and told with what it says', () => {
    const { events } = decide(given(created(2), requested(1, '0.1', '1.1')), report('1.1', 'running'));
    expect(events).toEqual([...added(1, '1.1'), ...updated('1.1', 'running')]);
  });

  it('is adopted even when the log forgot that it was asked for', () => {
    expect(decide(given(created(2)), report('1.1', 'queued')).events).toEqual(added(1, '1.1'));
  });

  it('brings a cancelled row back to life, for bought is bought', () => {
    const state = given(created(1), requested(1, '0.1'), [event('CancelRequested', { generation: 1 })]);
    const { events } = decide(state, report('0.1', 'completed'));
    expect(events.map(({ name }) => name)).toEqual(['RunsAdded', 'RunUpdated']);
  });

  it('is told once as a duplicate when the row has a run', () => {
    const second = report('0.1', 'completed', {}, 2);
    const { events } = decide(bought(), second, second);
    expect(events).toEqual([event('SurplusRunSeen', { run_id: runIdOf('0.1', 2), key: '0.1', reason: 'duplicate' })]);
    expect(decide(given(created(2), requested(1, '0.1'), added(1, '0.1'), events), second).events).toEqual([]);
  });

  it.each([[{}], [{ multitask_row: '7.1' }], [{ multitask_row: '__proto__' }], [{ multitask_row: 1 }]])(
    'is told once as foreign with the metadata %j',
    (metadata) => {
      const { events } = decide(bought(), { run: { run_id: 'trun_x', status: 'running', metadata } });
      expect(events).toEqual([event('SurplusRunSeen', { run_id: 'trun_x', reason: 'foreign' })]);
    },
  );

  it('is an earlier attempt’s when the row was tried again', () => {
    const state = given(created(1), requested(1, '0.1'), added(1, '0.1'), updated('0.1', 'failed'), [
      event('RetryRequested', { rows: [0], generation: 2, credential_id: 'c' }),
    ]);
    expect(decide(state, report('0.1', 'failed')).events).toEqual([]);
  });
});

/** What becomes of three runs, in an order the upstream could tell it. */
const truth: ObservedRun[] = [
  report('0.1', 'running'),
  report('1.1', 'running'),
  report('0.1', 'completed'),
  report('2.1', 'running'),
  report('1.1', 'failed'),
  report('2.1', 'cancelling'),
  report('2.1', 'cancelled'),
];
const start = [...created(3), ...requested(1, '0.1', '1.1', '2.1')];

/** Follows the reports in the given portions; the log as it is in the end. */
function follow(portions: readonly (readonly ObservedRun[])[]) {
  const log = [...start];
  const state = initialGroup(groupId);
  recorded(log).forEach((fact) => evolve(state, fact));
  for (const portion of portions) {
    const { events } = decideRuns(state, portion, policy);
    recorded(events, { seq: log.length + 1, at: 0 }).forEach((fact) => evolve(state, fact));
    log.push(...events);
  }
  return { log, state };
}

const ends = (log: ReturnType<typeof follow>['log']) =>
  log
    .filter((fact) => fact.name === 'RunUpdated' && ['completed', 'failed', 'cancelled'].includes(fact.data.run.status))
    .map((fact) => JSON.stringify(fact))
    .sort();

const clean = follow(truth.map((one) => [one]));
const portioned = <T>(items: fc.Arbitrary<T[]>) =>
  items.chain((all) =>
    fc.array(fc.integer({ min: 1, max: 4 }), { minLength: all.length, maxLength: all.length }).map((sizes) => {
      const rest = [...all];
      return sizes.map((size) => rest.splice(0, size)).filter((portion) => portion.length > 0);
    }),
  );

describe('upstream frames', () => {
  it('give the same log however often they are repeated or replayed', () => {
    const replays = fc.array(fc.nat(truth.length - 1), { minLength: 0, maxLength: 12 }).map((cuts) => {
      // The stream is followed up to a cut, and then again from the start: what a lost cursor does.
      const all = [...cuts.flatMap((cut) => truth.slice(0, cut)), ...truth];
      return all;
    });
    fc.assert(
      fc.property(portioned(replays), (portions) => {
        expect(
          follow(portions)
            .log.slice(start.length)
            .filter((fact) => fact.name === 'RunUpdated'),
        ).toEqual(clean.log.slice(start.length).filter((fact) => fact.name === 'RunUpdated'));
      }),
    );
  });

  it('give the same ends, told once, in whatever order they come', () => {
    const shuffled = fc.shuffledSubarray([...truth, ...truth, ...truth], { minLength: 21, maxLength: 21 });
    fc.assert(
      fc.property(portioned(shuffled), (portions) => {
        const { log, state } = follow(portions);
        expect(ends(log)).toEqual(ends(clean.log));
        expect(state.counts).toEqual(clean.state.counts);
        expect([...state.runs]).toEqual(expect.arrayContaining([...clean.state.runs]));
      }),
    );
  });

  it('leave the ingestor and a reader with the same view of every row', () => {
    const statuses = fc.constantFrom<RunStatus>(
      'queued',
      'running',
      'completed',
      'failed',
      'cancelled',
      'action_required',
    );
    const reports = fc.array(
      fc
        .tuple(fc.constantFrom('0.1', '1.1', '2.1'), statuses, fc.nat(1))
        .map(([key, status, copy]) => report(key, status, {}, copy)),
      { maxLength: 20 },
    );
    fc.assert(
      fc.property(portioned(reports), (portions) => {
        const { log, state } = follow(portions);
        const { view } = recorded(log).reduce(applyToView, emptyFold(groupId));
        expect(state.rows.map(({ status, runId }) => ({ status, runId }))).toEqual(
          view!.rows.map(({ status, runId }) => ({ status, runId })),
        );
        expect(state.counts).toEqual(view!.counts);
      }),
    );
  });
});
