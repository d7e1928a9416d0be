/** A refusal that a caller may see. The name is what programs match on. */
export class NamedError extends Error {
  constructor(
    override readonly name: string,
    message: string,
    /** The argument at fault. */
    readonly field?: string,
  ) {
    super(message);
  }
}

/** The error as it may be told, if its name is one of those that may; everything else stays in the house. */
export function asNamedError(error: unknown, names: ReadonlySet<string>): NamedError | undefined {
  if (error instanceof NamedError) return error;
  if (!(error instanceof Error) || !names.has(error.name)) return undefined;
  const { field } = error as { field?: unknown };
  return new NamedError(error.name, error.message, typeof field === 'string' ? field : undefined);
}
