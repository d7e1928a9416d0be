import fc from 'fast-check';
import type { FrameAccount, Ledger } from '../ledger';
import { recordedLedger, type Draft } from '../recorded/recorded.ledger';
import { violationsOf, type InvariantName } from './index';

type Tampering = (ledger: Draft<Ledger>) => void;

/** The group of four rows whose holder was frozen. */
const first = (ledger: Draft<Ledger>) => ledger.groups[0]!.answers[0]!.id;
const messages = (ledger: Draft<Ledger>) => ledger.log.messages.filter(({ group }) => group === first(ledger));
const ofType = (ledger: Draft<Ledger>, type: string) =>
  messages(ledger).filter((message) => message.type === `multitask.${type}.v1`);
const remove = <T>(list: T[], ...items: (T | undefined)[]) => {
  for (const item of items) list.splice(list.indexOf(item!), 1);
};
const readerOf = (ledger: Draft<Ledger>) => ledger.readers.find(({ group }) => group === first(ledger))!;
const framesOf = (ledger: Draft<Ledger>) => readerOf(ledger).connections[0]!.frames;
const deliveriesOf = (ledger: Draft<Ledger>) => ledger.deliveries.filter(({ group }) => group === first(ledger));
const pollsOf = (ledger: Draft<Ledger>) => ledger.polls.filter(({ group }) => group === first(ledger));
const runsOf = (ledger: Draft<Ledger>) => ledger.upstream.runs.filter(({ group }) => group === first(ledger));
const endOf = (ledger: Draft<Ledger>) =>
  ofType(ledger, 'run.updated').find(({ data }) => (data.run as { status: string }).status === 'completed')!;

/** The frames of each event behind the snapshot: what comes under one id. */
function eventsOf(frames: readonly Draft<FrameAccount>[]): Draft<FrameAccount>[][] {
  const events: Draft<FrameAccount>[][] = [];
  let pending: Draft<FrameAccount>[] = [];
  for (const frame of frames.slice(frames.findIndex(({ event }) => event === 'snapshot_end') + 1)) {
    pending.push(frame);
    if (frame.id === null) continue;
    events.push(pending);
    pending = [];
  }
  return events;
}
const rowEvent = (ledger: Draft<Ledger>) => {
  const events = eventsOf(framesOf(ledger));
  return events.filter((event) => event.some(({ event: name }) => name === 'task_run.state'));
};

const breaks: Record<InvariantName, [what: string, tamper: Tampering, says: RegExp][]> = {
  I1: [
    [
      'an accepted row is not in the log',
      (l) => void (ofType(l, 'rows.accepted')[0]!.data.inputs as unknown[]).pop(),
      /4 rows were accepted, the log has 3/,
    ],
    [
      'a row came into the log as another',
      (l) => Object.assign((ofType(l, 'rows.accepted')[0]!.data.inputs as object[])[1]!, { number: 7 }),
      /row 1 was accepted as .*"number":1.*"number":7/,
    ],
    ['an accepted group is not in the log', (l) => remove(l.log.messages, ...messages(l)), /the log has no such group/],
    ['a group never ends', (l) => remove(l.log.messages, ofType(l, 'group.completed')[0]), /never completed/],
    [
      'the end of a run is not in the log',
      (l) => remove(l.log.messages, endOf(l)),
      /ended completed upstream and is (running|queued) in the log/,
    ],
    [
      'an output is another than upstream',
      (l) => Object.assign(runsOf(l)[2]!, { output: { content: 'else' } }),
      /the output of run .* is another/,
    ],
    [
      'a bought run is unknown',
      (l) => remove(l.log.messages, ofType(l, 'runs.added')[0]),
      /was bought for .*, and the log does not know it/,
    ],
    [
      'a group that was handed out is not found',
      (l) => l.polls.push({ group: first(l), at: Date.now(), status: 404 }),
      /answered 404/,
    ],
    [
      'a repeated call got another group',
      (l) => (l.groups[0]!.answers[1]!.id = l.groups[1]!.answers[0]!.id),
      /answered with 2 groups/,
    ],
    [
      'a repeated call got another secret',
      (l) => (l.groups[0]!.answers[1]!.webhookSecret = 'whsec_other'),
      /answered with 2 webhook secrets/,
    ],
    ['messages are gone', (l) => (l.log.deleted = 1), /1 messages were stored and are gone/],
    [
      'a message is parked',
      (l) => l.tables.parked.push({ seq: 9, reason: 'unreadable' }),
      /message 9 is parked: unreadable/,
    ],
  ],
  I2: [
    [
      'a row is behind',
      (l) => (l.tables.rows.find(({ group }) => group === first(l))!.status = 'running'),
      /status is completed in the log and running in read.rows/,
    ],
    [
      'a row has another output',
      (l) => (l.tables.rows.find(({ group }) => group === first(l))!.output = null),
      /output is .* in the log and null in read.rows/,
    ],
    [
      'a row is missing',
      (l) =>
        remove(
          l.tables.rows,
          l.tables.rows.find(({ group }) => group === first(l)),
        ),
      /the log has 4 rows, read.rows 3/,
    ],
    [
      'the group is missing',
      (l) =>
        void l.tables.groups.splice(
          l.tables.groups.findIndex(({ id }) => id === first(l)),
          1,
        ),
      /not in read.groups/,
    ],
    [
      'the counts are wrong',
      (l) => (l.tables.groups.find(({ id }) => id === first(l))!.counts = { completed: 3 }),
      /counts: the log says .*4.* read.groups .*3/,
    ],
    [
      'the end is not projected',
      (l) => (l.tables.groups.find(({ id }) => id === first(l))!.completedGeneration = 0),
      /completed generation/,
    ],
    [
      'an answer disagrees with itself',
      (l) => (pollsOf(l)[1]!.counts = { completed: 4 }),
      /one answer counts .*completed.* and shows rows/,
    ],
    [
      'the last answer shows another output',
      (l) => Object.assign(pollsOf(l).at(-1)!.changed!.at(-1)!.result, { mayor: 'Nobody' }),
      /the last answer shows .*Nobody/,
    ],
  ],
  I3: [
    ['an event is left out', (l) => remove(framesOf(l), ...rowEvent(l)[2]!), /a gap of 1 facts/],
    [
      'an event comes twice',
      (l) => framesOf(l).splice(framesOf(l).indexOf(rowEvent(l)[3]![0]!), 0, ...structuredClone(rowEvent(l)[2]!)),
      /a repetition/,
    ],
    [
      'two events change places',
      (l) => {
        const [one, two] = [rowEvent(l)[2]!, rowEvent(l)[3]!];
        const at = framesOf(l).indexOf(one[0]!);
        remove(framesOf(l), ...two);
        framesOf(l).splice(at, 0, ...two);
      },
      /a gap of 1 facts/,
    ],
    [
      'something is told that is not in the log',
      (l) => Object.assign(rowEvent(l)[2]!.find(({ data }) => 'run' in data)!.data.run as object, { status: 'failed' }),
      /not in the log: told row/,
    ],
    [
      'a result is another',
      (l) =>
        Object.assign(
          rowEvent(l)
            .at(-1)!
            .find(({ data }) => 'run' in data)!.data.result as object,
          { mayor: 'Nobody' },
        ),
      /not in the log/,
    ],
    [
      'a status counts wrongly',
      (l) =>
        ((rowEvent(l)[2]!.at(-1)!.data.status as { task_run_status_counts: object }).task_run_status_counts = {
          completed: 4,
        }),
      /not in the log/,
    ],
    [
      'the end is not told',
      (l) => void framesOf(l).splice(framesOf(l).indexOf(eventsOf(framesOf(l)).at(-1)![0]!)),
      /this is the end, knowing \d+ of \d+ facts/,
    ],
    [
      'the reader is left alone',
      (l) => {
        readerOf(l).connections.splice(1);
        framesOf(l).splice(framesOf(l).findIndex(({ event }) => event === 'closed'));
      },
      /never told that nothing more comes/,
    ],
    [
      'a snapshot never was',
      (l) =>
        Object.assign(
          (
            framesOf(l).find(({ event }) => event === 'rows' || event === 'task_run.state')!.data.rows as {
              result: object;
            }[]
          )[0]!.result,
          { number: 9 },
        ),
      /no state the group was ever in/,
    ],
    [
      'a snapshot lacks a row',
      (l) => void (framesOf(l).find(({ event }) => event === 'rows')!.data.rows as unknown[]).pop(),
      /a snapshot of 4 rows told 3/,
    ],
    [
      'a good position is refused',
      (l) => framesOf(l).unshift({ at: 0, event: 'reset', id: null, data: {} }),
      /told to forget/,
    ],
    [
      'everything is told again',
      (l) => {
        const { connections } = readerOf(l);
        connections.splice(1, 0, { ...structuredClone(connections[0]!), after: 'x-1' });
      },
      /got everything again/,
    ],
    ['an id answers 404', (l) => (readerOf(l).connections[1]!.status = 404), /answered 404/],
  ],
  I4: [
    ['a webhook is never sent', (l) => remove(l.deliveries, ...deliveriesOf(l)), /was never sent/],
    [
      'a webhook is never taken',
      (l) => {
        for (const delivery of deliveriesOf(l)) delivery.answered = 500;
      },
      /was never taken: answered 500/,
    ],
    [
      'it comes under another id',
      (l) => (deliveriesOf(l).at(-1)!.id = `${first(l)}.2`),
      /which is no completion of this group/,
    ],
    [
      'it comes before the group is done',
      (l) => (deliveriesOf(l)[0]!.seen = { active: true, unfinishedRows: 1, rows: 4 }),
      /came early: its URL showed an active group with 4 of 4 rows, 1 of them unfinished/,
    ],
    [
      'its URL does not show all rows',
      (l) => (deliveriesOf(l)[0]!.seen = { active: false, unfinishedRows: 0, rows: 3 }),
      /came early: .*3 of 4 rows/,
    ],
    [
      'it comes before its completion',
      (l) => (deliveriesOf(l)[0]!.at -= 60_000),
      /before the completion was in the log/,
    ],
    [
      'it is signed by somebody else',
      (l) => (deliveriesOf(l)[0]!.signature = deliveriesOf(l)[0]!.signature.replace(/.{6}=$/, 'AAAAAA=')),
      /not signed with the group's secret/,
    ],
    ['it changes on the way', (l) => (deliveriesOf(l).at(-1)!.body += ' '), /different bodies|not signed/],
    [
      'the log does not know of it',
      (l) => {
        for (const message of ofType(l, 'webhook.attempted')) message.data = { ...message.data, delivered: false };
      },
      /its delivery never came into the log/,
    ],
  ],
  I5: [
    [
      'an append has no fence',
      (l) => (ofType(l, 'runs.requested')[0]!.fence = null),
      /runs.requested.* without a fence/,
    ],
    [
      'an append expects what was long ago',
      (l) => (ofType(l, 'runs.requested')[1]!.fence!.seq -= 5),
      /expected \d+ to be last on .*, where \d+ was/,
    ],
    [
      'a stale holder gets through',
      (l) => (ofType(l, 'runs.requested')[1]!.source = ofType(l, 'ingest.started')[0]!.source),
      /is by multitask\/ingest\/stream-ingestor-2, while stream-ingestor-1 holds the group/,
    ],
    [
      'somebody appends before holding',
      (l) => remove(l.log.messages, ofType(l, 'ingest.started')[0]),
      /before any holder had started/,
    ],
  ],
  I6: [
    [
      'a run ends twice in the log',
      (l) =>
        l.log.messages.push({
          ...structuredClone(endOf(l)),
          seq: 10 ** 6,
          data: { ...endOf(l).data, run: { ...(endOf(l).data.run as object), status: 'failed' } },
        }),
      /the log had row .* end as completed; at 1000000 it is failed/,
    ],
    [
      'an output is exchanged',
      (l) =>
        l.log.messages.push({ ...structuredClone(endOf(l)), seq: 10 ** 6, data: { ...endOf(l).data, output: null } }),
      /is completed with another output/,
    ],
    [
      'a result goes back',
      (l) => {
        const poll = structuredClone(pollsOf(l).at(-1)!);
        Object.assign(poll.changed!.at(-1)!, { status: 'running' });
        l.polls.push(poll);
      },
      /its result had row .* end as completed; \d+ it is running/,
    ],
    [
      'a reader is told another end',
      (l) => {
        const frame = structuredClone(
          rowEvent(l)
            .at(-1)!
            .find(({ data }) => 'run' in data)!,
        );
        Object.assign(frame.data.result as object, { $status: 'failed' });
        framesOf(l).push(frame);
      },
      /reader 1 had row .* end as completed; \d+ it is failed/,
    ],
  ],
  I7: [
    [
      'a row is bought twice',
      (l) => l.upstream.runs.push({ ...runsOf(l)[0]!, runId: 'trun_second' }),
      /row \d was bought 2 times: .*trun_second/,
    ],
    [
      'a row is bought under another attempt',
      (l) =>
        l.upstream.runs.push({ ...runsOf(l)[0]!, runId: 'trun_second', key: runsOf(l)[0]!.key!.replace(/\.1$/, '.2') }),
      /was bought 2 times/,
    ],
    ['a row is forgotten', (l) => remove(l.upstream.runs, runsOf(l)[0]), /row \d was never bought/],
    ['something else is bought', (l) => (runsOf(l)[0]!.key = '17.1'), /bought for 17.1, which is no row of the group/],
    [
      'groups are left behind upstream',
      (l) => {
        const [made] = l.upstream.requests.filter(({ endpoint }) => endpoint === 'create_group');
        l.upstream.requests.push({ ...made!, group: 'tgrp_empty' }, { ...made!, group: 'tgrp_void' });
      },
      /2 groups too many were created there, with 0 calls cut short/,
    ],
    [
      'something is bought for nobody',
      (l) => (runsOf(l)[0]!.group = 'tgrp_stranger'),
      /in a group that nobody was answered with/,
    ],
  ],
};

describe('a real round', () => {
  it('breaks no invariant', () => expect(violationsOf(recordedLedger())).toEqual([]));
});

describe.each(Object.entries(breaks))('%s is broken when', (invariant, cases) => {
  test.each(cases)('%s', (_, tamper, says) => {
    const ledger = recordedLedger();
    tamper(ledger);
    const found = violationsOf(ledger).filter((violation) => violation.invariant === invariant);
    expect(found.map((violation) => violation.says)).toEqual(expect.arrayContaining([expect.stringMatching(says)]));
  });
});

describe('I3 takes', () => {
  /** Cuts a reader's first connection behind so many frames; the next one goes on from the last id. */
  function cut(ledger: Draft<Ledger>, at: number): void {
    const { connections } = readerOf(ledger);
    const [whole] = connections;
    const last = whole!.frames.slice(0, at).findLastIndex(({ id }) => id !== null);
    const rest = { ...whole!, after: last < 0 ? null : whole!.frames[last]!.id, frames: whole!.frames.slice(last + 1) };
    connections.splice(0, 1, { ...whole!, frames: whole!.frames.slice(0, at), end: 'broken' }, rest);
  }

  it('a reader that was cut anywhere and went on from its last id', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(), (one, two) => {
        const ledger = recordedLedger();
        const { length } = framesOf(ledger);
        cut(ledger, one % length);
        cut(ledger, two % framesOf(ledger).length);
        expect(violationsOf(ledger)).toEqual([]);
      }),
    );
  });

  it('no reader that lost a whole event wherever it was cut', () => {
    fc.assert(
      fc.property(fc.nat(), (place) => {
        const ledger = recordedLedger();
        const events = eventsOf(framesOf(ledger));
        remove(framesOf(ledger), ...events[place % events.length]!);
        expect(violationsOf(ledger).map(({ invariant }) => invariant)).toContain('I3');
      }),
    );
  });
});
