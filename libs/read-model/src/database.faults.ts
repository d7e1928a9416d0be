import { types } from 'node:util';

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

const socketFaults: ReadonlySet<string> = new Set([
  ...['ECONNREFUSED', 'ECONNRESET', 'ECONNABORTED', 'ETIMEDOUT', 'EPIPE'],
  ...['ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'],
]);

/** What the driver and its pool say without a code when a connection is lost or cannot be had. */
const driverWords =
  /^(Connection terminated|timeout (exceeded when trying to connect|expired)|Client (has encountered a connection error|was closed) and is not queryable)/;

/**
 * Whether the database could not be asked: no connection, one that was lost, no room for another or on its disk (class 53, 58030), one that
 * starts, stops or takes no writes just now (57P01 to 57P03, 25006). The same statement may succeed shortly; what became of this one is not known.
 */
export function isDatabaseAway(error: unknown): boolean {
  // What a socket throws is an error of Node's own realm, which is another one where code runs in a context.
  if (!(error instanceof Error) && !types.isNativeError(error)) return false;
  const code = 'code' in error ? error.code : undefined;
  if (typeof code !== 'string') return driverWords.test(error.message);
  return socketFaults.has(code) || /^(08[0-9A-Z]{3}|57P0[123]|53[0-9A-Z]{3}|58030|25006)$/.test(code);
}
