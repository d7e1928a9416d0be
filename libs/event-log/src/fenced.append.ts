import { setTimeout as pause } from 'node:timers/promises';
import type { NatsConnection } from '@nats-io/transport-node';
import { groupFilter, subjectOf, type GroupEvent } from '@multitask/contracts';
import { publishAll } from './batch.publisher';
import { AppendUnclearError, FenceRefusedError, LogFullError, type Appended, type Expectation } from './event-log';
import { errorCodes, RefusedError } from './jetstream.errors';
import { encodeEvents, type EncodedEvents } from './message.encoder';
import type { Reconnects } from './reconnects';
import type { StoredMessages } from './stored.messages';

/** A leader election takes 4 to 9 s; a deploy's restart of one server less. */
const patienceMs = 15_000;

/** The server takes 50 batches of a stream at once and refuses the next: a random wait spreads those who were refused. */
const jitterMs = () => 5 + Math.random() * 50;
const unclearPauseMs = 250;

interface Fence {
  /** Subject or filter whose last sequence is expected. */
  readonly filter: string;
  readonly seq: number;
}

/** Appends under a fence, and finds out what became of an append that was not answered. */
export class FencedAppend {
  constructor(
    private readonly connection: NatsConnection,
    private readonly stored: StoredMessages,
    private readonly reconnects: Reconnects,
  ) {}

  async append(groupId: string, events: readonly GroupEvent[], expect: Expectation): Promise<Appended> {
    const encoded = encodeEvents(groupId, events, nameOf(this.connection));
    const fence = fenceOf(groupId, encoded, expect);
    setExpectation(encoded, fence);
    const deadline = Date.now() + patienceMs;
    for (let wasUnclear = false; ;) {
      await this.reconnects.connection(deadline - Date.now());
      try {
        return placeOf(encoded, await this.publish(encoded));
      } catch (error) {
        if (!(error instanceof RefusedError)) {
          if (this.connection.isClosed() || Date.now() > deadline)
            return this.lastResort(groupId, encoded, fence, error);
          wasUnclear = true;
          await pause(unclearPauseMs);
          continue;
        }
        const verdict = await this.judge(groupId, encoded, fence, error, wasUnclear);
        if (verdict) return verdict;
        if (Date.now() > deadline) throw new AppendUnclearError('The log is too busy.', { cause: error });
        await pause(jitterMs());
      }
    }
  }

  private publish(encoded: EncodedEvents): Promise<number> {
    return this.reconnects.answer(() => publishAll(this.connection, encoded.messages));
  }

  /** What a refusal means: where the events are after all, an error, or undefined when they should be sent again. */
  private async judge(
    groupId: string,
    encoded: EncodedEvents,
    fence: Fence | undefined,
    error: RefusedError,
    wasUnclear: boolean,
  ): Promise<Appended | undefined> {
    switch (error.code) {
      case errorCodes.maximumBytes:
      case errorCodes.maximumMessages:
        if (wasUnclear) return this.lastResort(groupId, encoded, fence, error);
        throw new LogFullError('The log has reached its size limit.', { cause: error });
      case errorCodes.wrongLastSequence:
      case errorCodes.wrongLastSequenceInFlight:
        return this.judgeFence(encoded, fence!, error);
      case errorCodes.duplicateInBatch:
        return this.lastResort(groupId, encoded, fence, error);
      case errorCodes.tooManyBatches:
      case errorCodes.batchIncomplete:
      case errorCodes.insufficientResources:
      case 0:
        return undefined;
      default:
        if (error.status >= 500) return undefined;
        throw error;
    }
  }

  /** The first message behind the fence is ours (an earlier try was stored), somebody else's, or not there yet. */
  private async judgeFence(encoded: EncodedEvents, fence: Fence, error: RefusedError): Promise<Appended | undefined> {
    const first = await this.stored.next(fence.filter, fence.seq + 1);
    if (first && first.header('ce-id') === encoded.ids[0])
      return placeOf(encoded, first.seq - offsetOfFirst(encoded, first.subject) + encoded.messages.length - 1);
    const last = await this.stored.last(fence.filter);
    if ((last?.seq ?? 0) === fence.seq) return undefined;
    throw new FenceRefusedError('Another writer was faster.', { cause: error });
  }

  /** Time is up or an unfenced append was repeated: the last message of the subject tells, if it is ours. */
  private async lastResort(
    groupId: string,
    encoded: EncodedEvents,
    fence: Fence | undefined,
    cause: unknown,
  ): Promise<Appended> {
    try {
      const last = await this.stored.last(subjectOf(groupId, encoded.writer));
      if (last && last.header('ce-id') === encoded.ids.at(-1)) return placeOf(encoded, last.seq);
      if (fence && cause instanceof RefusedError) {
        const verdict = await this.judgeFence(encoded, fence, cause);
        if (verdict) return verdict;
        if (cause.code === errorCodes.maximumBytes) throw new LogFullError('The log has reached its size limit.');
      }
    } catch (error) {
      if (error instanceof FenceRefusedError || error instanceof LogFullError) throw error;
    }
    throw new AppendUnclearError('It is not known whether the log has stored the events.', { cause });
  }
}

/** The name given to `connectNats`: the client keeps it, but its public type does not show it. */
const nameOf = (connection: NatsConnection): string | undefined =>
  (connection as NatsConnection & { readonly options?: { readonly name?: string } }).options?.name;

function fenceOf(groupId: string, encoded: EncodedEvents, expect: Expectation): Fence | undefined {
  if (expect === 'any') return undefined;
  return {
    filter: expect.of === 'group' ? groupFilter(groupId) : subjectOf(groupId, encoded.writer),
    seq: expect.seq,
  };
}

function setExpectation(encoded: EncodedEvents, fence: Fence | undefined): void {
  if (fence) {
    const { headers } = encoded.messages[0]!;
    headers.set('Nats-Expected-Last-Subject-Sequence', String(fence.seq));
    headers.set('Nats-Expected-Last-Subject-Sequence-Subject', fence.filter);
  } else {
    // Without a fence only this keeps a repeated try from being stored twice; it names this append, never the fact.
    encoded.messages.at(-1)!.headers.set('Nats-Msg-Id', encoded.ids.at(-1)!);
  }
}

function placeOf(encoded: EncodedEvents, lastSeq: number): Appended {
  const firstOffset = encoded.messages.findIndex((message) => !message.subject.endsWith('.part'));
  return { firstSeq: lastSeq - encoded.messages.length + 1 + firstOffset, lastSeq };
}

/** How many messages of the append stand before its first one under `subject`. */
const offsetOfFirst = (encoded: EncodedEvents, subject: string): number =>
  encoded.messages.findIndex((message) => message.subject === subject);
