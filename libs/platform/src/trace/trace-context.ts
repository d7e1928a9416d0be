import { AsyncLocalStorage } from 'node:async_hooks';
import { formatTraceparent, nextStep, parseTraceparent, type Trace } from './traceparent';

interface TraceContext extends Trace {
  readonly requestId?: string;
}

const storage = new AsyncLocalStorage<TraceContext>();

/** The trace the running code belongs to; undefined outside of any. */
export const currentTrace = (): (Trace & { readonly requestId?: string }) | undefined => storage.getStore();

/**
 * Runs `work`, and everything it awaits or schedules, as the next step of the trace that `traceparent` names; a header that
 * is missing or malformed starts a new trace. For requests, NATS messages and events of the log alike.
 */
export function withTrace<T>(traceparent: unknown, work: () => T, requestId?: string): T {
  const step = nextStep(parseTraceparent(traceparent));
  return storage.run({ ...step, ...(requestId !== undefined && { requestId }) }, work);
}

/** The header to send along with whatever the running code causes elsewhere; undefined outside of any trace. */
export function traceparent(): string | undefined {
  const trace = storage.getStore();
  return trace && formatTraceparent(trace);
}
