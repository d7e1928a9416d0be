import type { Confidence, Fields, Json } from './row';

/** What the page gets over HTTP: the parts of `.json`, of the stream and of one run that it reads. */
export interface StatusJson {
  readonly num_task_runs: number;
  readonly task_run_status_counts: Readonly<Record<string, number>>;
  readonly is_active: boolean;
  readonly status_message: string;
  readonly blocked: { readonly reason: string; readonly message: string; readonly next_try_at: string } | null;
}

export interface RunJson {
  readonly run_id: string | null;
  readonly row: number;
  readonly attempt: number;
  readonly status: string;
  readonly confidence: Readonly<Record<string, Confidence>>;
  readonly error: { readonly message: string } | null;
}

export interface Answer {
  readonly taskgroup_id: string;
  readonly status: StatusJson;
  readonly event_id: string | null;
  readonly generation: number;
  readonly created_at: string;
  readonly next_cursor: string | null;
  readonly upstream: 'parallel' | 'emulator' | 'custom';
  readonly processor: string;
  readonly cost: Cost;
  readonly expires_at: string | null;
  /** Null when answers are texts, or whatever the processor thinks fit. */
  readonly output_schema: object | null;
  readonly warnings: readonly Warning[];
  readonly results: readonly Fields[];
  readonly runs: readonly RunJson[];
}

export interface Warning {
  readonly code: string;
  readonly message: string;
}

export interface Cost {
  readonly spent_usd: number | null;
  readonly estimated_total_usd: number | null;
}

/** What stands in the page itself. */
export interface PageData extends Answer {
  readonly columns: readonly string[];
  /** Only while it may not be the newest state: why. */
  readonly notice?: string;
  /** Names that came with the rows; the others are answers. */
  readonly entered: readonly string[];
  readonly partial: boolean;
  readonly usd_per_row: number | null;
}

export interface Citation {
  readonly url?: string | null;
  readonly title?: string | null;
  readonly excerpts?: readonly string[] | null;
}

export interface Basis {
  readonly field: string;
  readonly reasoning?: string | null;
  readonly confidence?: string | null;
  readonly citations?: readonly Citation[] | null;
}

export interface RunFrame {
  readonly row: number;
  readonly attempt: number;
  readonly run: {
    readonly run_id: string;
    readonly status: string;
    readonly error: { readonly message: string } | null;
  };
  readonly output: { readonly output_url?: string; readonly basis?: readonly Basis[] | null } | null;
  readonly result: Fields;
}

export interface UnboughtRow {
  readonly row: number;
  readonly attempt: number;
  readonly result: Fields;
  readonly error: { readonly message: string } | null;
}

/** `GET /<id>/runs/<runId>.json` */
export interface RunAnswer {
  readonly row: number;
  readonly run: { readonly run_id: string; readonly status: string; readonly created_at: string | null };
  readonly input: Json;
  readonly output: { readonly type: string; readonly content: Json } | null;
  readonly basis: readonly Basis[];
  readonly timing: { readonly seconds: number | null };
  readonly result: Fields;
  readonly previous: readonly {
    readonly run_id: string;
    readonly status: string;
    readonly modified_at?: string | null;
    readonly error?: { readonly message?: string | null } | null;
  }[];
}
