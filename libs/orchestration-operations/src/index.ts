export { findOperation, operations } from './operations/all.operations';
export type { Awaited, Caller, Operation, Surroundings } from './operation';
export { readInput } from './input.reader';
export { findRun } from './visible';
