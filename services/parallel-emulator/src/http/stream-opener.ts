import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Ids } from '../engine/ids';
import type { FaultBook } from '../faults/fault.book';
import type { LedgerRepository } from '../store/ledger.repository';
import { unauthorized } from '../wire/api-error';
import { EventStream } from './event-stream';
import { visitOf } from './visit';

/** Seconds for which the endpoints that wait may wait. */
export interface WaitingCaps {
  readonly groupEvents: number;
  readonly runEvents: number;
  readonly result: number;
}

/** What controllers need to know about the request at hand. */
export class StreamOpener {
  constructor(
    private readonly ledger: LedgerRepository,
    private readonly faults: FaultBook,
    private readonly ids: Ids,
    readonly caps: WaitingCaps,
  ) {}

  /** The fingerprint of the key that was accepted. */
  keyOf(request: FastifyRequest): string {
    const key = visitOf(request)?.key;
    if (!key) throw unauthorized();
    return key;
  }

  /** Files the request under a group that it made. */
  noteGroup(request: FastifyRequest, group: string): void {
    this.ledger.note(visitOf(request)!.ledgerId, { group });
  }

  open(request: FastifyRequest, reply: FastifyReply): EventStream {
    const visit = visitOf(request)!;
    this.ledger.note(visit.ledgerId, { stream: true, status: 200 });
    return new EventStream(request, reply, visit, this.faults, () => this.ids.reference());
  }
}
