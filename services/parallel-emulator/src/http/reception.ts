import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { setTimeout as pause } from 'node:timers/promises';
import type { Ids } from '../engine/ids';
import type { FaultBook } from '../faults/fault.book';
import type { LedgerRepository } from '../store/ledger.repository';
import { fingerprintOf, isRefused, presentedKey } from '../wire/api-key';
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
  const presented = presentedKey(request.headers, parts);
  visit.key = presented ? fingerprintOf(presented) : null;
  if (visit.key) parts.ledger.note(visit.ledgerId, { key: visit.key });
  if (await strike(request, reply, visit, parts)) return reply;
  if (presented && !isRefused(presented)) return undefined;
  return reply.code(401).send(errorBody(unauthorized(), 'envelope', parts.ids.reference()));
}

/** Applies the faults that act before a request is carried out; true when nothing else may happen. */
async function strike(
  request: FastifyRequest,
  reply: FastifyReply,
  visit: Visit,
  { faults, ids }: ReceptionParts,
): Promise<boolean> {
  const occasion = occasionOf(visit);
  const before = (fault: { when: string }) => fault.when === 'before';
  const delay = faults.take('delay', occasion, before);
  if (delay) await pause(delay.seconds * 1_000);
  const hold = faults.take('hold', occasion, before);
  if (hold) await faults.removed(hold);
  if (faults.take('reset', occasion, before)) {
    breakConnection(request, reply);
    return true;
  }
  if (faults.take('hang', occasion, before)) {
    visit.broken = true;
    reply.hijack();
    return true;
  }
  const respond = faults.take('respond', occasion, before);
  if (!respond) return false;
  const { status, headers, body } = refusal(respond, ids.reference());
  void reply.code(status).headers(headers).send(body);
  return true;
}

/** Applies the faults that act after it was carried out: the caller does not learn that it was. */
async function dismiss(
  request: FastifyRequest,
  reply: FastifyReply,
  payload: unknown,
  { faults, ids }: ReceptionParts,
): Promise<unknown> {
  const visit = visitOf(request);
  if (!visit || visit.broken || reply.statusCode >= 400) return payload;
  const occasion = occasionOf(visit);
  const after = (fault: { when: string }) => fault.when === 'after';
  const delay = faults.take('delay', occasion, after);
  if (delay) await pause(delay.seconds * 1_000);
  const hold = faults.take('hold', occasion, after);
  if (hold) await faults.removed(hold);
  if (faults.take('reset', occasion, after)) {
    visit.broken = true;
    request.raw.socket.resetAndDestroy();
    return payload;
  }
  if (faults.take('hang', occasion, after)) {
    visit.broken = true;
    return new Promise((resolve) => request.raw.socket.once('close', () => resolve(payload)));
  }
  const respond = faults.take('respond', occasion, after);
  if (!respond) return payload;
  const { status, headers, body } = refusal(respond, ids.reference());
  void reply.code(status).headers(headers);
  return body;
}
