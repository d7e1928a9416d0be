import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Occasion } from '../faults/fault.book';
import type { Endpoint } from './endpoint';

/** What is known about one request while it is served. */
export interface Visit {
  readonly ledgerId: number;
  readonly path: string;
  readonly endpoint: Endpoint | undefined;
  /** The key's fingerprint once it is accepted. */
  key: string | null;
  frames: number;
  /** The connection was broken on purpose: no status reached the client. */
  broken: boolean;
}

const visits = new WeakMap<object, Visit>();

export const rememberVisit = (request: FastifyRequest, visit: Visit): void => void visits.set(request.raw, visit);

/** Undefined for requests outside the Task API, such as those to the control API. */
export const visitOf = (request: FastifyRequest): Visit | undefined => visits.get(request.raw);

export const occasionOf = (visit: Visit): Occasion => ({
  endpoint: visit.endpoint?.name,
  group: visit.endpoint?.group,
  path: visit.path,
  key: visit.key,
});

/** Breaks the connection under a request: the client sees a reset and no status. */
export function breakConnection(request: FastifyRequest, reply: FastifyReply): void {
  const visit = visitOf(request);
  if (visit) visit.broken = true;
  if (!reply.sent) reply.hijack();
  request.raw.socket.resetAndDestroy();
}
