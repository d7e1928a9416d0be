/** Names that clients match on; they stand in the message of a tool's error and in its code. */
export const orchestrationErrorNames = [
  ...['RecordNotFoundError', 'InvalidTransitionError', 'LeaseConflictError', 'LeaseExpiredError', 'RunTerminalError'],
  ...['DuplicateTaskKeyError', 'DependencyCycleError', 'MaxAttemptsExceededError', 'ContextConflictError'],
  'ValidationError',
] as readonly OrchestrationErrorName[];

export type OrchestrationErrorName =
  | 'RecordNotFoundError'
  | 'InvalidTransitionError'
  | 'LeaseConflictError'
  | 'LeaseExpiredError'
  | 'RunTerminalError'
  | 'DuplicateTaskKeyError'
  | 'DependencyCycleError'
  | 'MaxAttemptsExceededError'
  | 'ContextConflictError'
  | 'ValidationError';

/** A refusal a caller may see: it says what is wrong with which argument, and what to do. Nothing was changed. */
export class OrchestrationError extends Error {
  constructor(
    override readonly name: OrchestrationErrorName,
    message: string,
    /** The argument at fault. */
    readonly field?: string,
  ) {
    super(message);
  }

  static is(error: unknown, name?: OrchestrationErrorName): error is OrchestrationError {
    return error instanceof OrchestrationError && (name === undefined || error.name === name);
  }
}
