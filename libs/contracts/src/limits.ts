const kibibyte = 1024;
const mebibyte = 1024 * kibibyte;

/** Defaults; each can be set by the operator. What the upstream fixes is marked. */
export const limits = {
  /** Bytes of a create request's JSON body. */
  bodyBytes: 32 * mebibyte,
  /** Bytes of inputs sent as a file or fetched from a URL; they are streamed. */
  inputsBytes: 256 * mebibyte,
  rows: 100_000,
  /** Characters of task spec and one input together (upstream). */
  specAndInputCharacters: 25_000,
  /** Characters of a task spec (upstream). */
  specCharacters: 15_000,
  /** Domains over both lists of a source policy (upstream). */
  sourcePolicyDomains: 200,
  /** MCP servers of one run (upstream). */
  mcpServers: 10,
  /** Bytes of `mcp_servers` as JSON, headers included; sealed as one secret, of which the vault takes 256 KiB. */
  mcpServersBytes: 200 * kibibyte,
  /** Inputs of one POST of runs (upstream). */
  runsPerPost: 1_000,
  /** Nesting of any JSON we accept; deeper documents are attacks or mistakes. */
  jsonDepth: 64,
  ttlDays: { default: 30, min: 1, max: 90 },
  /** Seconds a create or read may wait for the end of a group. */
  preferWaitSeconds: 50,
  /** Bytes above which an event is cut into parts. JetStream's default maximum message is 1 MiB. */
  eventPartBytes: 256 * kibibyte,
  /**
   * Characters of one row's text as it is sent. 25,000 are worked on; this leaves room for the longest spelling of them, and takes
   * 5 ms to parse in one go, during which nobody else is served.
   */
  rowCharacters: mebibyte,
  /** Bytes of one result; more is refused with a code. */
  eventBytes: 16 * mebibyte,
  /** Bytes above which a result travels by reference over SSE. */
  sseResultBytes: 64 * kibibyte,
} as const;
