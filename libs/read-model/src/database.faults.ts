/**
 * Whether a statement failed because of what it was given, so that trying again is of no use: classes 21 to 23 (cardinality,
 * data, integrity) and 54 (too large) of SQLSTATE, and errors of our own code. Everything else may go away: lost connections,
 * timeouts, deadlocks, no room, and tables (42) that a migration has yet to make.
 */
export function isDataFault(error: unknown): boolean {
  if (error instanceof TypeError || error instanceof RangeError || error instanceof SyntaxError) return true;
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && /^(21|22|23|54)[0-9A-Z]{3}$/.test(code);
}
