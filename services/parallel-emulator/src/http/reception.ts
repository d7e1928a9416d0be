import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { setTimeout as pause } from 'node:timers/promises';
import type { Ids } from '../engine/ids';
import type { FaultOf } from '../faults/fault';
import type { FaultBook } from '../faults/fault.book';
import type { LedgerRepository } from '../store/ledger.repository';
import { acceptedKey, fingerprintOf } from '../wire/api-key';
import { errorBody, unauthorized } from '../wire/api-error';
import { refusal } from './refusal';
import { disguised, disguisesFor } from './disguise';
import { endpointOf } from './endpoint';
import { breakConnection, occasionOf, rememberVisit, visitOf, type Visit } from './visit';

export interface ReceptionParts {
  readonly ledger: LedgerRepository;
  readonly faults: FaultBook;
  readonly ids: Ids;
  readonly bearer: boolean;
}

/** What happens to every request of the Task API before and after its controller: ledger, key, faults. */
export function receive(app: FastifyInstance, parts: ReceptionParts): void {
  app.addHook('onRequest', async (request, reply) => register(request, reply, parts.ledger));
  app.addHook('preHandler', (request, reply) => admit(request, reply, parts));
  app.addHook('preSerialization', async (request, _reply, payload) => {
    const visit = visitOf(request);
    return visit ? disguised(payload, disguisesFor(parts.faults, occasionOf(visit))) : payload;
  });
  app.addHook('onSend', (request, reply, payload) => dismiss(request, reply, payload, parts));
}

function register(request: FastifyRequest, reply: FastifyReply, ledger: LedgerRepository): void {
  const [path = '', query] = request.url.split('?', 2);
  if (!/^\/v1(beta)?\//.test(path)) return;
  const { method } = request;
  const endpoint = endpointOf(method, path);
  const { name, group, run } = endpoint ?? {};
  const ledgerId = ledger.add({ kind: 'request', group, run, method, path, query, endpoint: name, status: null });
  const visit: Visit = { ledgerId, path, endpoint, key: null, frames: 0, broken: false };
  rememberVisit(request, visit);
  reply.raw.once('close', () => {
    const status = reply.raw.headersSent && !visit.broken ? reply.raw.statusCode : null;
    ledger.close(ledgerId, { status, ...(visit.frames > 0 && { frames: visit.frames }) });
  });
}

async function admit(request: FastifyRequest, reply: FastifyReply, parts: ReceptionParts): Promise<unknown> {
  const visit = visitOf(request);
  if (!visit) return undefined;
  const key = acceptedKey(request.headers, { bearer: parts.bearer });
  const presented = request.headers['x-api-key'] ?? request.headers.authorization?.replace(/^Bearer\s+/i, '');
  visit.key = typeof presented === 'string' && presented ? fingerprintOf(presented) : null;
  if (visit.key) parts.ledger.note(visit.ledgerId, { key: visit.key });
  const refused = await strike(request, reply, visit, 'before', parts);
  if (refused) return refused;
  if (key) return undefined;
  return reply.code(401).send(errorBody(unauthorized(), 'envelope', parts.ids.reference()));
}

/** Applies the faults that act on a whole request; returns the reply when nothing else may happen. */
async function strike(
  request: FastifyRequest,
  reply: FastifyReply,
  visit: Visit,
  when: 'before' | 'after',
  parts: ReceptionParts,
) {
  const occasion = occasionOf(visit);
  const now = (fault: { when: string }) => fault.when === when;
  const delay = parts.faults.take('delay', occasion, now);
  if (delay) await pause(delay.seconds * 1_000);
  if (parts.faults.take('reset', occasion, now)) return (breakConnection(request, reply), reply);
  if (parts.faults.take('hang', occasion, now)) return ((visit.broken = true), reply.hijack(), reply);
  const respond = parts.faults.take('respond', occasion, now);
  return respond && when === 'before' ? answer(reply, respond, parts.ids) : undefined;
}

function answer(reply: FastifyReply, fault: FaultOf<'respond'>, ids: Ids) {
  const { status, headers, body } = refusal(fault, ids.reference());
  return reply.code(status).headers(headers).send(body);
}

/** Faults after the request was carried out: the caller does not learn that it was. */
async function dismiss(
  request: FastifyRequest,
  reply: FastifyReply,
  payload: unknown,
  parts: ReceptionParts,
): Promise<unknown> {
  const visit = visitOf(request);
  if (!visit || visit.broken || reply.statusCode >= 400) return payload;
  const occasion = occasionOf(visit);
  const after = (fault: { when: string }) => fault.when === 'after';
  const delay = parts.faults.take('delay', occasion, after);
  if (delay) await pause(delay.seconds * 1_000);
  if (parts.faults.take('reset', occasion, after)) {
    visit.broken = true;
    request.raw.socket.resetAndDestroy();
    return payload;
  }
  if (parts.faults.take('hang', occasion, after)) {
    visit.broken = true;
    return new Promise((resolve) => request.raw.socket.once('close', () => resolve(payload)));
  }
  const respond = parts.faults.take('respond', occasion, after);
  if (!respond) return payload;
  const { status, headers, body } = refusal(respond, parts.ids.reference());
  void reply.code(status).headers(headers);
  return body;
}
