/**
 * What everybody around the product saw during one round, and nothing else: no type or value of the product is used here.
 * Times are Unix milliseconds of this machine, the log's own times too. Plain JSON, so that a round can be kept and checked
 * again.
 */
export interface Ledger {
  readonly groups: readonly GroupAccount[];
  readonly faults: readonly FaultAccount[];
  readonly upstream: UpstreamAccount;
  readonly readers: readonly ReaderAccount[];
  readonly deliveries: readonly DeliveryAccount[];
  readonly polls: readonly PollAccount[];
  readonly log: LogAccount;
  readonly tables: TableAccount;
  readonly progress: readonly ProgressAccount[];
}

/** How far each partition of the log was projected at one look, by the last message's place in the log. */
export interface ProgressAccount {
  readonly at: number;
  readonly checkpoints: Readonly<Record<string, number>>;
}

/** An answer to somebody that was no success, as it came. */
export interface RefusalAccount {
  readonly at: number;
  /** What was asked for. */
  readonly of: string;
  readonly status: number;
  readonly type: string;
  readonly retryAfter: string | null;
  readonly body: string;
}

export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };
export type JsonObject = { readonly [name: string]: Json };

/** A group that a client asked for. */
export interface GroupAccount {
  /** The same for every repetition of the call. */
  readonly idempotencyKey: string;
  readonly apiKey: string;
  readonly inputs: readonly JsonObject[];
  readonly askedAt: number;
  readonly acceptedAt: number;
  /** Answers to the call before it was accepted. */
  readonly refusals: readonly RefusalAccount[];
  /** Each 201 of the call and its repetitions. */
  readonly answers: readonly { readonly id: string; readonly url: string; readonly webhookSecret?: string }[];
}

export interface FaultAccount {
  /** `stop`: told to end. `usurp`: its lease was taken away while it went on working. `outage`: a store was not there for everybody. */
  readonly kind: 'kill' | 'stop' | 'freeze' | 'usurp' | 'outage';
  readonly service: string;
  /** The name under which it holds what it holds. */
  readonly instance?: string;
  readonly pid: number;
  readonly at: number;
  /** When a frozen process went on, one that was told to stop was gone, or a store answered again. */
  readonly until?: number;
  /** When a process of the same name was started after it. */
  readonly restartedAt?: number;
  /** How far each partition was projected just before. */
  readonly checkpoints: Readonly<Record<string, number>>;
  /** The same when a process of the same name had just been started, which had not done anything yet. */
  readonly restartCheckpoints?: Readonly<Record<string, number>>;
}

export interface UpstreamAccount {
  readonly requests: readonly UpstreamRequest[];
  /** Every run that came to be, in any group. */
  readonly runs: readonly UpstreamRun[];
  /** Every event of a group's own log there. */
  readonly events: readonly { readonly at: number; readonly group: string; readonly type: string }[];
}

export interface UpstreamRequest {
  readonly endpoint: string;
  readonly group: string | null;
  readonly at: number;
  readonly closedAt: number | null;
  readonly status: number | null;
  readonly query?: string | null;
  /** Of a stream. */
  readonly frames?: number | null;
}

export interface UpstreamRun {
  readonly runId: string;
  readonly group: string;
  readonly at: number;
  /** Made by a fault, not by a request. */
  readonly foreign: boolean;
  /** The row key of ours that it was bought with. */
  readonly key: string | null;
  readonly status: string;
  readonly output: Json;
}

/** One reader of one group's event stream, through all its connections. */
export interface ReaderAccount {
  readonly name: string;
  readonly group: string;
  readonly connections: readonly ConnectionAccount[];
}

export interface ConnectionAccount {
  readonly at: number;
  /** The last id the reader had when it asked; null: it asked for everything. */
  readonly after: string | null;
  /** HTTP status; null when there was no answer. */
  readonly status: number | null;
  readonly frames: readonly FrameAccount[];
  readonly endedAt: number;
  readonly refusal?: RefusalAccount;
  /** Who ended it: the server, the reader on purpose, or a broken connection. */
  readonly end: 'server' | 'reader' | 'broken';
}

export interface FrameAccount {
  readonly at: number;
  readonly event: string;
  readonly id: string | null;
  readonly data: JsonObject;
}

/** One arrival of a webhook. */
export interface DeliveryAccount {
  readonly at: number;
  readonly id: string;
  readonly signature: string;
  readonly timestamp: string;
  readonly body: string;
  readonly group: string;
  /** What the receiver saw at the URL it was told, the moment it was told; null when the URL could not be read at all. */
  readonly seen: { readonly active: boolean; readonly unfinishedRows: number; readonly rows: number } | null;
  /** What the receiver answered. */
  readonly answered: number;
}

/** One answer of `<url>.json`; rows only where they differ from the answer before. */
export interface PollAccount {
  readonly group: string;
  readonly at: number;
  readonly status: number | null;
  readonly active?: boolean;
  readonly counts?: Readonly<Record<string, number>>;
  readonly rowCount?: number;
  readonly changed?: readonly RowAccount[];
  readonly refusal?: RefusalAccount;
}

/** A row as a reader sees it. */
export interface RowAccount {
  readonly row: number;
  readonly status: string;
  readonly runId: string | null;
  /** The flat row as it is shown. */
  readonly result: JsonObject;
}

export interface LogAccount {
  readonly messages: readonly LogMessage[];
  /** Messages that the stream once had and has no more. */
  readonly deleted: number;
}

/** An event in the log; one that was stored in parts is put together, and `seq` is its last message's. */
export interface LogMessage {
  readonly seq: number;
  readonly at: number;
  readonly group: string;
  readonly partition: string;
  readonly writer: string;
  readonly type: string;
  /** Unique to the append; `<append>.<ordinal>`. */
  readonly id: string;
  readonly source: string;
  /** What the append expected to be last, as its first message says; null when it expected nothing or is not the first. */
  readonly fence: { readonly subject: string; readonly seq: number } | null;
  readonly data: JsonObject;
}

export interface TableAccount {
  readonly groups: readonly {
    readonly id: string;
    readonly rowCount: number;
    readonly generation: number;
    readonly completedGeneration: number;
    readonly counts: Readonly<Record<string, number>>;
  }[];
  readonly rows: readonly TableRow[];
  readonly parked: readonly { readonly seq: number; readonly reason: string }[];
}

export interface TableRow {
  readonly group: string;
  readonly row: number;
  readonly status: string;
  readonly attempt: number;
  readonly runId: string | null;
  readonly input: Json;
  readonly output: Json;
}
