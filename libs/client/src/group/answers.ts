import type { JsonObject, JsonValue } from './create-request';

export interface GroupWarning {
  readonly code: string;
  readonly message: string;
  readonly field?: string;
}

export interface Estimate {
  /** US dollars for all rows; null when the processor's price is not known. */
  readonly cost_usd: number | null;
  readonly usd_per_run: number | null;
  /** How long all rows together usually take. */
  readonly seconds: { readonly min: number; readonly max: number } | null;
}

interface Resolved {
  readonly num_inputs: number;
  readonly processor: string;
  readonly output_type: 'text' | 'json' | 'auto';
  /** The schema each output follows; null for text and auto. */
  readonly output_schema: JsonObject | null;
  readonly title: string | null;
  readonly warnings: readonly GroupWarning[];
  readonly estimate: Estimate;
}

export interface CreateAnswer extends Resolved {
  readonly url: string;
  readonly taskgroup_id: string;
  /** Null until the group is done. */
  readonly expires_at: string | null;
  readonly formats: Readonly<Record<string, string>>;
  /** Verifies the webhook's signature. */
  readonly webhook_secret?: string;
}

/** What would be created; nothing was. */
export interface DryRunAnswer extends Resolved {
  readonly dry_run: true;
  /** The first rows as they were understood. */
  readonly preview: readonly JsonValue[];
}

interface Started {
  readonly url: string;
  readonly taskgroup_id: string;
  /** The completion of this generation is told as `<taskgroup_id>.<generation>`. */
  readonly generation: number;
  readonly estimate: Estimate;
}

export interface AppendAnswer extends Started {
  readonly num_inputs: number;
  /** Number of the first new row; rows count from 0. */
  readonly first_row: number;
  readonly warnings: readonly GroupWarning[];
}

export interface RetryAnswer extends Started {
  /** Rows that are run again; 0 when only the key was renewed. */
  readonly num_rows: number;
  /** Their numbers, at most the first 1,000. */
  readonly rows: readonly number[];
}

export interface CancelAnswer {
  readonly url: string;
  readonly taskgroup_id: string;
  readonly generation: number;
  readonly cancelled: number;
  /** Rows that were bought already: the upstream cannot stop them, so they go on and are charged. */
  readonly going_on: number;
  readonly settled: number;
  readonly detail: string;
}

export interface DeleteAnswer {
  readonly taskgroup_id: string;
  /** False while the deletion is still under way; it is certain to follow. */
  readonly deleted: boolean;
  readonly detail: string;
}

export interface LimitsAnswer {
  /** Whose answers rows get. */
  readonly upstream: 'parallel' | 'emulator' | 'custom';
  readonly key_required: boolean;
  readonly processors: readonly {
    readonly name: string;
    readonly usd_per_run: number;
    readonly latency_seconds: { readonly min: number; readonly max: number };
    readonly max_fields: number;
  }[];
  readonly limits: {
    readonly body_bytes: number;
    readonly inputs_bytes: number;
    readonly rows: number;
    readonly max_cost_usd: number | null;
    readonly prefer_wait_seconds: number;
    readonly requests_per_minute: number;
  };
}

export interface ListedGroup {
  readonly taskgroup_id: string;
  readonly url: string;
  readonly title: string | null;
  readonly processor: string;
  readonly num_inputs: number;
  readonly is_active: boolean;
  readonly status_counts: Readonly<Record<string, number>>;
  readonly created_at: string;
  readonly expires_at: string | null;
}
