import { MultitaskError, type ErrorCode } from '@multitask/contracts';
import { OrchestrationError, type OrchestrationErrorName } from '@multitask/orchestration';
import { isDatabaseAway } from '@multitask/read-model';

/** The registry's code of each refusal of the engine. */
export const codeOf: Readonly<Record<OrchestrationErrorName, ErrorCode>> = {
  ValidationError: 'invalid_field',
  RecordNotFoundError: 'record_not_found',
  InvalidTransitionError: 'invalid_transition',
  LeaseConflictError: 'lease_conflict',
  LeaseExpiredError: 'lease_expired',
  RunTerminalError: 'run_terminal',
  DuplicateTaskKeyError: 'duplicate_task_key',
  DependencyCycleError: 'dependency_cycle',
  MaxAttemptsExceededError: 'max_attempts_exceeded',
  ContextConflictError: 'context_conflict',
};

/** Databases restart within seconds. */
const retryAfterSeconds = 2;

/**
 * A statement that waited too long for a lock or for its turn (55P03, 57014), a conflict that many tries did not end (40001,
 * 40P01), and tables that are about to be made (42P01): the same call may succeed shortly.
 */
const passing: ReadonlySet<unknown> = new Set(['55P03', '57014', '40001', '40P01', '42P01']);

/** A refusal of the engine or a fault of its store in the registry's words; the name of a refusal stands in front. */
export function inOurWords(error: unknown): unknown {
  if (OrchestrationError.is(error)) {
    const { name, message, field } = error;
    const detail = name === 'ValidationError' ? message : `${name}: ${message}`;
    return new MultitaskError(codeOf[name], detail, { field, cause: error });
  }
  if (!isDatabaseAway(error) && !passing.has((error as { code?: unknown } | null)?.code)) return error;
  return new MultitaskError(
    'not_ready',
    'A part of the service is away for the moment. Repeat the call shortly; with a token it is done once.',
    { retryAfter: retryAfterSeconds, cause: error },
  );
}
