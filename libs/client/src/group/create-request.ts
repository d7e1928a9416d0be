/** Any value that JSON can say. */
export type JsonValue = string | number | boolean | null | JsonValue[] | { [key: string]: JsonValue };
export type JsonObject = { [key: string]: JsonValue };

/** One row: an object, or a text. */
export type RowInput = string | JsonObject;

/** Rows as a file has them: CSV, TSV, JSON or NDJSON, at most 256 MiB. */
export interface InputsFile {
  readonly data: Blob | string;
  /** Its ending says the format where `type` does not: `companies.csv`. */
  readonly name?: string;
  /** Media type, such as `text/csv`. */
  readonly type?: string;
}

/** Rows themselves, a URL where they can be fetched (by the installation, not by the client), or a file. */
export type Inputs = readonly RowInput[] | string | URL | InputsFile;

export interface SourcePolicy {
  include_domains?: string[];
  exclude_domains?: string[];
  after_date?: string;
}

export interface McpServer {
  type?: 'url';
  name: string;
  url: string;
  headers?: Record<string, string> | null;
  allowed_tools?: string[] | null;
}

/** What a group is asked for, without its rows. Each field is explained at `/openapi` of an installation. */
export interface CreateSpec {
  output_type?: 'text' | 'json' | 'auto';
  /** The wanted output in words. For json without `output_schema`, a schema is suggested from it. */
  output_description?: string;
  /** JSON Schema of each row's output: an object with properties. */
  output_schema?: JsonObject;
  /** `lite`, `base`, `core`, `pro`, `ultra` …; suggested when left out. */
  processor?: string;
  webhook_url?: string;
  webhook_secret?: string;
  input_schema?: JsonObject;
  metadata?: Record<string, string | number | boolean>;
  source_policy?: SourcePolicy;
  mcp_servers?: McpServer[];
  advanced_settings?: { location?: string | null; [key: string]: unknown };
  enable_events?: boolean;
  previous_interaction_id?: string;
  memory_scope_key?: string;
  title?: string;
  /** Days the result stays after completion: 1 to 90, 30 when left out. */
  ttl_days?: number;
  /** Refuses the request when there are more rows. Never cuts. */
  max_inputs?: number;
  /** Refuses the request when the estimated cost is above. */
  max_cost_usd?: number;
}

export interface CreateRequest extends CreateSpec {
  inputs: Inputs;
}

/** A group that exists at Parallel, to be followed: nothing is bought. */
export interface FollowRequest {
  taskgroup_id: string;
  title?: string;
  ttl_days?: number;
  webhook_url?: string;
  webhook_secret?: string;
}

export interface AppendRequest {
  inputs: Inputs;
  max_inputs?: number;
  /** Refuses when the estimated cost of the new rows is above. */
  max_cost_usd?: number;
}

export interface RetryRequest {
  /** Rows to run again, counted from 0. All that ended without a result when left out. */
  rows?: number[];
  /** Refuses when the estimated cost of these rows is above. */
  max_cost_usd?: number;
}
