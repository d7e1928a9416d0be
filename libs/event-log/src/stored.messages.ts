import { JetStreamApiError, type JetStreamManager } from '@nats-io/jetstream';
import { createInbox, type Msg, type NatsConnection } from '@nats-io/transport-node';
import { ConfigurationError, type Logger } from '@multitask/platform';
import { LogUnavailableError } from './event-log';
import type { StoredMessage } from './message.decoder';
import type { Reconnects } from './reconnects';

/** One direct read: few enough bytes to hold many such reads in memory, and one round trip for all but the largest groups. */
const batchMessages = 500;
const batchBytes = 4 * 1024 * 1024;

/** A server that is starting answers nothing; asking again is cheap. */
export const answerTimeoutMs = 2_000;

/** Long enough for a leader election (measured 4 to 9 s) or a server's restart. */
const patienceMs = 15_000;
const pauseMs = 200;

/** Single messages and runs of messages of a stream, without a consumer. */
export class StoredMessages {
  constructor(
    private readonly connection: NatsConnection,
    private readonly manager: JetStreamManager,
    private readonly stream: string,
    private readonly reconnects: Reconnects,
    private readonly patience = patienceMs,
  ) {}

  /** From the stream's leader: a replica that lags behind could miss what was acknowledged. */
  last(filter: string): Promise<StoredMessage | undefined> {
    return this.ask(() => this.fromLeader({ last_by_subj: filter }));
  }

  next(filter: string, fromSeq: number): Promise<StoredMessage | undefined> {
    return this.ask(() => this.fromLeader({ seq: fromSeq, next_by_subj: filter } as { seq: number }));
  }

  at(seq: number): Promise<StoredMessage | undefined> {
    return this.ask(() => this.fromLeader({ seq }));
  }

  /** Up to 500 messages or 4 MiB, from any replica: may end early or be empty although there is more. */
  run(filter: string, fromSeq: number, limit = batchMessages): Promise<StoredMessage[]> {
    return this.ask(() => this.direct({ seq: fromSeq, next_by_subj: filter, batch: limit, max_bytes: batchBytes }));
  }

  private ask<T>(read: () => Promise<T>): Promise<T> {
    return patiently(() => this.reconnects.answer(read), this.patience);
  }

  private async fromLeader(query: { seq: number } | { last_by_subj: string }): Promise<StoredMessage | undefined> {
    const message = await this.manager.streams.getMessage(this.stream, query);
    return message
      ? {
          subject: message.subject,
          seq: message.seq,
          time: message.time,
          data: message.data,
          header: (name) => message.header?.get(name) || undefined,
        }
      : undefined;
  }

  /** Ends with a status of its own: an empty body would be no sign of it, a deleted lease has one too. */
  private direct(query: object): Promise<StoredMessage[]> {
    const inbox = createInbox();
    const messages: StoredMessage[] = [];
    return new Promise<StoredMessage[]>((resolve, reject) => {
      const finish = (error?: Error) => {
        clearTimeout(timer);
        subscription.unsubscribe();
        if (error) reject(error);
        else resolve(messages);
      };
      const subscription = this.connection.subscribe(inbox, {
        callback: (error, answer) => {
          const subject = answer?.headers?.get('Nats-Subject');
          const code = answer?.headers?.code;
          if (error) finish(error);
          else if (subject) messages.push(fromDirect(answer, subject));
          else if (code === 404 || code === 204) finish();
          else finish(new Error(`unexpected answer ${code} ${answer.headers?.description}`));
        },
      });
      this.connection.publish(`$JS.API.DIRECT.GET.${this.stream}`, JSON.stringify(query), { reply: inbox });
      const timer = setTimeout(() => finish(new Error('no end of the messages in time')), answerTimeoutMs);
    });
  }
}

function fromDirect(answer: Msg, subject: string): StoredMessage {
  const headers = answer.headers!;
  return {
    subject,
    seq: Number(headers.get('Nats-Sequence')),
    time: new Date(headers.get('Nats-Time-Stamp')),
    data: answer.data,
    header: (name) => headers.get(name) || undefined,
  };
}

/** Repeats a read while the server is away; an answer, even a refusal, is final. */
export async function patiently<T>(read: () => Promise<T>, patience = patienceMs): Promise<T> {
  const deadline = Date.now() + patience;
  for (;;) {
    try {
      return await read();
    } catch (error) {
      if (error instanceof ConfigurationError || (error instanceof JetStreamApiError && error.status < 500))
        throw error;
      if (Date.now() >= deadline) throw new LogUnavailableError('The log does not answer.', { cause: error });
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }
}

/** For the start of a service: repeats for as long as the server does not answer, and says so. */
export async function persistently<T>(work: () => Promise<T>, logger: Logger | undefined): Promise<T> {
  for (;;) {
    try {
      return await patiently(work);
    } catch (error) {
      if (!(error instanceof LogUnavailableError)) throw error;
      logger?.warn({ err: error.cause }, 'NATS has no JetStream to offer yet; waiting');
    }
  }
}
