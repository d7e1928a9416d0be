import {
  event,
  rowKeyMetadata,
  type EventData,
  type GroupEvent,
  type RecordedEvent,
  type RunStatus,
  type TaskRunOutput,
} from '@multitask/contracts';
import { initialGroup, type IngestGroup } from './ingest-group';
import { evolve } from './ingest-group.evolver';
import type { ObservedRun } from './run.decider';

/** What the specs of this folder are told in: groups, runs and facts with names short enough to read. */
export const groupId = `tgrp_${'a'.repeat(32)}`;
export const startAt = Date.parse('2026-01-01T00:00:00Z');

export function created(rows: number, changes: Partial<EventData<'GroupCreated'>> = {}): GroupEvent[] {
  const inputs = Array.from({ length: rows }, (_, i) => ({ company: `Company ${i}` }));
  return [
    event('RowsAccepted', { batch_id: 'b1', first_row: 0, inputs }),
    event('GroupCreated', {
      batch_id: 'b1',
      row_count: rows,
      generation: 1,
      spec: { processor: 'lite', output: { type: 'text' }, ttl_days: 30 },
      credential_id: 'cred_1',
      owner_fingerprint: 'owner',
      warnings: [],
      origin: 'http://localhost',
      upstream: 'emulator',
      estimated_cost_usd: null,
      ...changes,
    }),
  ];
}

/** The events at consecutive places of the log, one second apart unless told otherwise. */
export function recorded(events: readonly GroupEvent[], from = { seq: 1, at: startAt }): RecordedEvent[] {
  return events.map(
    (fact, i) =>
      ({
        ...fact,
        groupId,
        seq: from.seq + i,
        time: new Date(from.at + i * 1_000).toISOString(),
        id: `e${from.seq + i}`,
      }) as RecordedEvent,
  );
}

export const given = (...events: readonly GroupEvent[][]): IngestGroup =>
  recorded(events.flat()).reduce(evolve, initialGroup(groupId));

export const requested = (batch: number, ...keys: string[]): GroupEvent[] => [
  event('RunsRequested', { batch, keys, deadline: new Date(startAt + 30_000).toISOString() }),
];

export const added = (batch: number, ...keys: string[]): GroupEvent[] => [
  event('RunsAdded', { batch, runs: keys.map((key) => ({ key, run_id: runIdOf(key) })) }),
];

export const runIdOf = (key: string, copy = 0): string => `trun_${key}_${copy}`;

export const text = (content: string): TaskRunOutput => ({ type: 'text', content, basis: [] });

/** A report of the run that was bought under `key`; completed ones have an output unless told otherwise. */
export function report(key: string, status: RunStatus, changes: Partial<ObservedRun> = {}, copy = 0): ObservedRun {
  return {
    run: { run_id: runIdOf(key, copy), status, metadata: { [rowKeyMetadata]: key } },
    ...(status === 'completed' && { output: text(`answer to ${key}`) }),
    ...changes,
  };
}

export const updated = (key: string, status: RunStatus): GroupEvent[] => {
  const { run, output } = report(key, status);
  return [event('RunUpdated', { key, run, ...(output && { output }) })];
};
