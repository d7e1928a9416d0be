import { createInbox, nanos, type Msg, type NatsConnection } from '@nats-io/transport-node';
import { streamName } from '@multitask/contracts';
import { parseDelivery, type Delivery } from './delivery';
import type { StoredMessage } from './message.decoder';

/** What one pull may bring: the most a tail holds in memory. */
const pullMessages = 256;
const pullBytes = 8 * 1024 * 1024;
const pullExpiresMs = 30_000;

/** The server says this often that it is still there; two of them missed mean that it or the consumer is gone. */
const heartbeatMs = 3_000;

export interface TailedMessage extends StoredMessage {
  readonly pending: number;
}

/** The deliveries of one consumer, until anything about them is not as it should be: then the iteration ends. */
export class OrderedPull {
  private readonly inbox = createInbox();
  private readonly queue: TailedMessage[] = [];
  private readonly subscription;
  private readonly watchdog: NodeJS.Timeout;
  /** Messages the running pull request may still bring; 0 when none is running. */
  private requested = 0;
  private delivered = 0;
  private ended = false;
  private lastHeard = Date.now();
  private wake: () => void = () => undefined;

  constructor(
    private readonly connection: NatsConnection,
    private readonly consumer: string,
  ) {
    this.subscription = connection.subscribe(this.inbox, {
      callback: (error, message) => (error ? this.end() : this.receive(message)),
    });
    this.watchdog = setInterval(() => {
      if (this.requested > 0 && Date.now() - this.lastHeard > 2.5 * heartbeatMs) this.end();
    }, heartbeatMs / 2);
  }

  /** The next request goes out when all of the last one's messages were taken: a slow reader holds one pull in memory. */
  async *messages(): AsyncGenerator<TailedMessage> {
    for (;;) {
      const message = this.queue.shift();
      if (message) {
        yield message;
        continue;
      }
      if (this.ended) return;
      if (this.requested === 0) this.request();
      await new Promise<void>((resolve) => (this.wake = resolve));
    }
  }

  /** What was received before is still yielded. */
  end(): void {
    this.ended = true;
    this.wake();
  }

  stop(): void {
    this.queue.length = 0;
    this.end();
    clearInterval(this.watchdog);
    this.subscription.unsubscribe();
  }

  private request(): void {
    this.requested = pullMessages;
    this.lastHeard = Date.now();
    const query = {
      batch: pullMessages,
      max_bytes: Math.max(pullBytes, this.connection.info?.max_payload ?? 0),
      expires: nanos(pullExpiresMs),
      idle_heartbeat: nanos(heartbeatMs),
    };
    const subject = `$JS.API.CONSUMER.MSG.NEXT.${streamName}.${this.consumer}`;
    this.connection.publish(subject, JSON.stringify(query), { reply: this.inbox });
  }

  private receive(message: Msg): void {
    this.lastHeard = Date.now();
    const delivery = message.reply ? parseDelivery(message.reply) : undefined;
    if (delivery) this.deliver(message, delivery);
    else if (endsPull(message)) this.requested = 0;
    else if (message.headers?.code !== 100) this.end();
    this.wake();
  }

  private deliver(message: Msg, delivery: Delivery): void {
    if (this.ended) return;
    this.delivered++;
    // A gap: something was lost between the server and us.
    if (delivery.deliverySeq !== this.delivered) return this.end();
    this.requested--;
    this.queue.push({
      subject: message.subject,
      seq: delivery.streamSeq,
      time: delivery.time,
      pending: delivery.pending,
      data: message.data,
      header: (name) => message.headers?.get(name) || undefined,
    });
  }
}

/** The request has run out, and the consumer is well: 408 after its time, 409 when the next message is over its bytes. */
const endsPull = ({ headers }: Msg): boolean =>
  headers?.code === 408 ||
  (headers?.code === 409 && /exceeds maxbytes|batch completed/i.test(headers.description ?? ''));
