/** Every code an installation answers with; docs/errors.md explains each. A test keeps this list equal to the registry. */
export const answeredCodes = [
  'malformed_body',
  'invalid_field',
  'unknown_field',
  'invalid_inputs',
  'inputs_unreachable',
  'url_not_allowed',
  'invalid_schema',
  'key_missing',
  'key_refused',
  'signature_refused',
  'token_missing',
  'token_refused',
  'credit_exhausted',
  'cost_above_limit',
  'not_owner',
  'processor_refused',
  'group_not_found',
  'run_not_found',
  'record_not_found',
  'path_not_found',
  'method_not_allowed',
  'not_acceptable',
  'request_timeout',
  'request_in_progress',
  'nothing_to_do',
  'invalid_transition',
  'lease_conflict',
  'lease_expired',
  'run_terminal',
  'duplicate_task_key',
  'dependency_cycle',
  'max_attempts_exceeded',
  'context_conflict',
  'group_expired',
  'too_large',
  'unsupported_media_type',
  'idempotency_key_reused',
  'rate_limited',
  'internal',
  'upstream_failed',
  'service_unreachable',
  'not_ready',
  'log_full',
] as const;

export type AnsweredCode = (typeof answeredCodes)[number];

/** What can go wrong without an answer of the registry. */
export type ClientCode =
  /** No connection, or one that broke before the answer was whole. */
  | 'unreachable'
  /** No answer within the time given. */
  | 'timeout'
  /** An answer that no installation of Multitask gives: another server, or a proxy between. */
  | 'unexpected_answer'
  /** The URL or id is none of a task group, or of another installation than the key is for. */
  | 'foreign_url'
  /** A webhook that is not genuine, or not fresh. */
  | 'webhook_refused';

export type ErrorCode = AnsweredCode | ClientCode;
