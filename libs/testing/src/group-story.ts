import {
  event,
  reportsIn,
  rowKeyOf,
  type EventData,
  type GroupEvent,
  type JsonObject,
  type RecordedEvent,
  type RowInput,
  type RunStatus,
  type TaskRunOutput,
} from '@multitask/contracts';

export const storyGroupId = 'tgrp_0123456789abcdef0123456789abcdef';

/** The run id that a story of {@link storyGroupId} gives to a purchase: 32 digits that name row and attempt. */
export const storyRunId = (row: number, attempt = 1): string =>
  `trun_${attempt.toString(16).padStart(16, '0')}${row.toString(16).padStart(16, '0')}`;

export const jsonOutput = (content: JsonObject, basis: TaskRunOutput['basis'] = []): TaskRunOutput => ({
  type: 'json',
  content,
  basis,
});

/**
 * Tells the life of one group as the events of its log, for tests: each step appends what the services would have appended.
 * Sequences count from 1, one second apart.
 */
export class GroupStory {
  readonly events: RecordedEvent[] = [];
  private rows = 0;
  private generation = 1;
  private batches = 0;

  constructor(
    readonly groupId: string = storyGroupId,
    private readonly start = Date.UTC(2026, 10, 21, 12),
  ) {}

  /** The run a purchase of a row brings; the same run id never comes in two groups. */
  runId(row: number, attempt = 1): string {
    if (this.groupId === storyGroupId) return storyRunId(row, attempt);
    const digits = (value: number, length: number) => value.toString(16).padStart(length, '0');
    return `trun_${this.groupId.slice(-20)}${digits(attempt, 4)}${digits(row, 8)}`;
  }

  record(fact: GroupEvent): this {
    const seq = this.events.length + 1;
    const time = new Date(this.start + seq * 1_000).toISOString();
    this.events.push({ ...fact, groupId: this.groupId, seq, time, id: `${this.groupId}-${seq}` } as RecordedEvent);
    return this;
  }

  created(inputs: readonly RowInput[], overrides: Partial<EventData<'GroupCreated'>> = {}): this {
    this.accepted(inputs);
    return this.record(
      event('GroupCreated', {
        batch_id: this.batch(),
        row_count: inputs.length,
        generation: 1,
        spec: { processor: 'lite', output: { type: 'auto' }, ttl_days: 30 },
        credential_id: 'cred_1',
        owner_fingerprint: 'owner',
        warnings: [],
        origin: 'http://127.0.0.1:8080',
        upstream: 'parallel',
        estimated_cost_usd: null,
        ...overrides,
      }),
    );
  }

  appended(inputs: readonly RowInput[]): this {
    const first_row = this.rows;
    this.accepted(inputs);
    this.generation++;
    return this.record(
      event('InputsAppended', {
        batch_id: this.batch(),
        first_row,
        row_count: inputs.length,
        generation: this.generation,
        credential_id: `cred_${this.generation}`,
      }),
    );
  }

  retried(...rows: number[]): this {
    this.generation++;
    return this.record(
      event('RetryRequested', { rows, generation: this.generation, credential_id: `cred_${this.generation}` }),
    );
  }

  cancelled(): this {
    return this.record(event('CancelRequested', { generation: this.generation }));
  }

  bought(rows: readonly number[], attempt = 1): this {
    const runs = rows.map((row) => ({ key: rowKeyOf(row, attempt), run_id: this.runId(row, attempt) }));
    return this.record(event('RunsAdded', { batch: 1, runs }));
  }

  rejected(row: number, message = 'The row is too long.', attempt = 1): this {
    const runs = [{ key: rowKeyOf(row, attempt), code: 'row_too_large', message }];
    return this.record(event('RunsRejected', { runs }));
  }

  reported(
    row: number,
    status: RunStatus,
    more: { output?: TaskRunOutput; error?: string; attempt?: number } = {},
  ): this {
    const attempt = more.attempt ?? 1;
    const run = {
      run_id: this.runId(row, attempt),
      interaction_id: this.runId(row, attempt),
      status,
      is_active: status === 'queued' || status === 'running' || status === 'cancelling',
      processor: 'lite',
      created_at: new Date(this.start).toISOString(),
      modified_at: new Date(this.start + this.events.length * 1_000).toISOString(),
      ...(more.error !== undefined && { error: { message: more.error, ref_id: 'ref' } }),
    };
    return this.record(
      event('RunUpdated', { key: rowKeyOf(row, attempt), run, ...(more.output && { output: more.output }) }),
    );
  }

  /** What `tell` reports comes in one go, as one entry of the log. */
  together(tell: (story: this) => void): this {
    const before = this.events.length;
    tell(this);
    const updates = this.events.splice(before).flatMap(reportsIn);
    return updates.length > 0 ? this.record(event('RunsUpdated', { updates })) : this;
  }

  completedRow(row: number, content: JsonObject, attempt = 1): this {
    return this.reported(row, 'completed', { output: jsonOutput(content), attempt });
  }

  blocked(reason: EventData<'GroupBlocked'>['reason'] = 'credit'): this {
    const next_try_at = new Date(this.start + 3_600_000).toISOString();
    return this.record(event('GroupBlocked', { reason, message: 'Add credit.', next_try_at, tries: 1 }));
  }

  completed(): this {
    return this.record(event('GroupCompleted', { generation: this.generation, counts: {} }));
  }

  expired(): this {
    return this.record(event('GroupExpired', { reason: 'ttl', expired_at: new Date(this.start).toISOString() }));
  }

  private accepted(inputs: readonly RowInput[]): void {
    this.batches++;
    const chunk = { batch_id: this.batch(), first_row: this.rows, inputs: [...inputs] };
    this.rows += inputs.length;
    this.record(event('RowsAccepted', chunk));
  }

  private batch = (): string => `batch_${this.batches}`;
}
