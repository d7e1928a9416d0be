import { event, partitionOf } from '@multitask/contracts';
import { InMemoryEventLog, type EventLog } from '@multitask/event-log';
import { createLogger, Metrics } from '@multitask/platform';
import {
  CheckpointMovedError,
  type Checkpoint,
  type ProjectionBatch,
  type SnapshotPosition,
} from '@multitask/read-model';
import { eventually } from '@multitask/testing';
import { PartitionWorker } from './partition.worker';
import { ProjectorMetrics } from './projector.metrics';

const logger = createLogger('test', { level: 'silent', format: 'json' });
const group = 'tgrp_00000000000000000000000000000001';
const partition = partitionOf(group);
const started = (holder: string) => event('IngestStarted', { holder, lease_revision: 1 });

/** A read model that remembers which events it was given, in order, and fails when it is told to. */
class RememberedModel {
  checkpoint: Checkpoint | undefined;
  readonly applied: string[] = [];
  readonly parked: number[] = [];
  readonly batches: number[] = [];
  failures: ((holders: readonly string[]) => Error | undefined)[] = [];

  open = (partition: string, incarnation: string): Promise<Checkpoint> =>
    Promise.resolve((this.checkpoint ??= { partition, incarnation, seq: 0, fingerprint: null }));

  find = () => Promise.resolve(this.checkpoint);

  apply = (_: string, from: SnapshotPosition, batch: ProjectionBatch): Promise<void> => {
    const holders = batch.events.map((each) => (each.name === 'IngestStarted' ? each.data.holder : each.name));
    for (const fail of this.failures) {
      const error = fail(holders);
      if (error) return Promise.reject(error);
    }
    if (from.seq !== this.checkpoint!.seq) return Promise.reject(new CheckpointMovedError('moved'));
    this.applied.push(...holders);
    this.parked.push(...batch.poison.map(({ seq }) => seq));
    this.batches.push(batch.events.length);
    this.checkpoint = { ...this.checkpoint!, ...batch.until };
    return Promise.resolve();
  };
}

/** Fails once. */
const once = (error: Error) => {
  let left = 1;
  return () => (left-- > 0 ? error : undefined);
};

const dataFault = () => Object.assign(new Error('invalid input'), { code: '22P02' });

describe('projecting a partition', () => {
  let log: InMemoryEventLog;
  let model: RememberedModel;
  let stop: AbortController;
  let running: Promise<void> | undefined;
  let metrics: Metrics;

  beforeEach(() => {
    log = new InMemoryEventLog();
    model = new RememberedModel();
    stop = new AbortController();
    metrics = new Metrics('test', { processMetrics: false });
  });
  afterEach(async () => {
    stop.abort();
    await running;
  });

  function run(from: EventLog = log): PartitionWorker {
    const worker = new PartitionWorker(partition, {
      log: from,
      checkpoints: model,
      projection: model,
      metrics: new ProjectorMetrics(metrics),
      logger,
      batchSize: 500,
    });
    running = worker.run(stop.signal);
    return worker;
  }

  const append = (...holders: string[]) => log.append(group, holders.map(started), 'any');
  const until = (...holders: string[]) =>
    eventually(() => model.applied.length >= holders.length).then(() => expect(model.applied).toEqual(holders));

  it('applies what is there and what comes, once and in order', async () => {
    await append('a', 'b');
    run();
    await until('a', 'b');
    await append('c');
    await until('a', 'b', 'c');
  });

  it('goes on from the checkpoint', async () => {
    const { lastSeq } = await append('a', 'b');
    model.checkpoint = {
      partition,
      incarnation: await log.incarnation(),
      seq: lastSeq,
      fingerprint: (await log.fingerprint(lastSeq))!,
    };
    run();
    await append('c');
    await until('c');
  });

  it('reads again from where another projector has come to', async () => {
    await append('a', 'b');
    model.failures = [
      (holders) => {
        if (holders[0] !== 'a') return undefined;
        model.checkpoint = { ...model.checkpoint!, seq: 1 };
        return new CheckpointMovedError('moved');
      },
    ];
    run();
    await until('b');
    expect(await metrics.registry.metrics()).toMatch(/projector_collisions_total\{.*\} 1/);
  });

  it('tries again what failed for a reason that may go away', async () => {
    await append('a');
    model.failures = [
      once(new Error('Connection terminated unexpectedly')),
      once(Object.assign(new Error('x'), { code: '40001' })),
    ];
    run();
    await until('a');
    expect(model.parked).toEqual([]);
  });

  it('parks the one event the database cannot take, and applies the others of its batch', async () => {
    await append('a', 'poison', 'c');
    model.failures = [(holders) => (holders.includes('poison') ? dataFault() : undefined)];
    run();
    await until('a', 'c');
    expect(model.parked).toEqual([2]);
    await append('d');
    await until('a', 'c', 'd');
    expect(await metrics.registry.metrics()).toMatch(/projector_parked_events_total\{.*\} 1/);
  });

  it('parks what it cannot read', async () => {
    log.appendRaw(`multitask.${partition}.${group}.ingest`, 'no json');
    await append('b');
    run();
    await until('b');
    expect(model.parked).toEqual([1]);
  });

  it.each([
    ['another log', { incarnation: 'another', seq: 1, fingerprint: 'x' }, 'was projected from the log another'],
    ['a log with another message there', { seq: 1, fingerprint: 'x' }, 'another message'],
    ['a log that ends before', { seq: 99, fingerprint: 'x' }, 'the log ends at 1'],
  ])('applies nothing of %s, and says why', async (_, checkpoint, reason) => {
    await append('a');
    model.checkpoint = { partition, incarnation: await log.incarnation(), ...checkpoint };
    const worker = run();
    expect(await eventually(() => worker.refused)).toContain(reason);
    await append('b');
    expect(model.applied).toEqual([]);
  });

  it('trusts a log whose message at the checkpoint was purged', async () => {
    const { lastSeq } = await append('a');
    await append('b');
    model.checkpoint = {
      partition,
      incarnation: await log.incarnation(),
      seq: lastSeq,
      fingerprint: 'of the purged one',
    };
    await log.purgeGroup(group, lastSeq + 1);
    const worker = run();
    await until('b');
    expect(worker.refused).toBeUndefined();
  });
});
