import { randomBytes } from 'node:crypto';
import {
  allPartitions,
  event,
  partitionOf,
  rowKeyMetadata,
  rowKeyOf,
  type GroupEvent,
  type JsonObject,
  type TaskRun,
  type TaskRunOutput,
} from '@multitask/contracts';

/** 500 characters of prose, so that a whole event has about a kilobyte. */
const prose = 'Nairobi has been the capital of Kenya since 1907, when it took over from Mombasa. '.repeat(6);

const rowsPerChunk = 500;

export const newGroupId = (): string => `tgrp_${randomBytes(16).toString('hex')}`;
export const newRunId = (): string => `trun_${randomBytes(16).toString('hex')}`;

/** So many ids of groups for each partition. */
export function groupIdsForEachPartition(each: number): string[] {
  const ids = new Map(allPartitions.map((partition) => [partition, [] as string[]]));
  for (let missing = each * allPartitions.length; missing > 0;) {
    const id = newGroupId();
    const known = ids.get(partitionOf(id))!;
    if (known.length >= each) continue;
    known.push(id);
    missing--;
  }
  return [...ids.values()].flat();
}

/** One group whose rows are bought and complete one by one; `n` counts them. */
export class SampleGroup {
  readonly id: string;
  readonly rows: number;
  readonly runIds: readonly string[];

  constructor(rows: number, id = newGroupId()) {
    this.id = id;
    this.rows = rows;
    this.runIds = Array.from({ length: rows }, newRunId);
  }

  /** The rows, and the event that makes them count. */
  creation(): GroupEvent[] {
    const batch_id = this.id;
    const chunks: GroupEvent[] = [];
    for (let first_row = 0; first_row < this.rows; first_row += rowsPerChunk) {
      const count = Math.min(rowsPerChunk, this.rows - first_row);
      const inputs = Array.from({ length: count }, (_, i) => sampleInput(first_row + i));
      chunks.push(event('RowsAccepted', { batch_id, first_row, inputs }));
    }
    const created = event('GroupCreated', {
      batch_id,
      row_count: this.rows,
      generation: 1,
      spec: { processor: 'lite', output: { type: 'json', json_schema: {} }, ttl_days: 30 },
      credential_id: 'none',
      owner_fingerprint: 'bench',
      warnings: [],
      origin: 'http://127.0.0.1',
      upstream: 'custom',
      estimated_cost_usd: null,
    });
    return [...chunks, created];
  }

  purchase(): GroupEvent[] {
    const runs = this.runIds.map((run_id, row) => ({ key: rowKeyOf(row, 1), run_id }));
    return [event('RunsAdded', { batch: 1, runs })];
  }

  /** `characters` more than usual in the answer, of some 250. */
  completion(row: number, characters = 0): GroupEvent {
    const run = sampleRun(this.runIds[row]!, row, 'completed');
    const { content, ...output } = sampleOutput(row);
    const longer = characters > 0 && { text: 'x'.repeat(characters) };
    return event('RunUpdated', {
      key: rowKeyOf(row, 1),
      run,
      output: { ...output, content: { ...(content as JsonObject), ...longer } },
    });
  }
}

export const sampleInput = (row: number): JsonObject => ({ country: `Country ${row}` });

export const sampleRun = (run_id: string, row: number, status: TaskRun['status']): TaskRun => ({
  run_id,
  interaction_id: run_id,
  status,
  is_active: status !== 'completed',
  processor: 'lite',
  metadata: { [rowKeyMetadata]: rowKeyOf(row, 1) },
  created_at: '2026-11-21T14:00:01.123456Z',
  modified_at: '2026-11-21T14:01:01.123456Z',
  taskgroup_id: null,
  warnings: null,
  error: null,
});

export const sampleOutput = (n: number): TaskRunOutput => ({
  type: 'json',
  content: { bench_event: n, capital: prose.slice(0, 250) },
  basis: [
    {
      field: 'capital',
      reasoning: prose.slice(0, 250),
      citations: [{ url: 'https://example.com/nairobi', title: 'Nairobi', excerpts: ['Nairobi is the capital'] }],
      confidence: 'high',
    },
  ],
});
