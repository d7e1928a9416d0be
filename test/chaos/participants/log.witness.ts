import { DeliverPolicy, jetstream, jetstreamManager, type JsMsg } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import type { JsonObject, LogAccount, LogMessage } from '../ledger';

const stream = 'MULTITASK';

/** Reads the raw log past everything the product has for that. */
export class LogWitness {
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  async lastSeq(): Promise<number> {
    return this.#connected(async (connection) => {
      const manager = await jetstreamManager(connection);
      return (await manager.streams.info(stream)).state.last_seq;
    });
  }

  /** Every event from `fromSeq` on, in order. */
  async account(fromSeq: number): Promise<LogAccount> {
    return this.#connected(async (connection) => {
      const manager = await jetstreamManager(connection);
      const { state } = await manager.streams.info(stream);
      const raw = state.last_seq >= fromSeq ? await readAll(jetstream(connection), fromSeq, state.last_seq) : [];
      return { messages: assemble(raw), deleted: state.num_deleted ?? 0 };
    });
  }

  /** Takes a group's lease away from its holder, which notices at its next renewal and no sooner. */
  async forgetLease(group: string): Promise<void> {
    await this.#connected(async (connection) => {
      const manager = await jetstreamManager(connection);
      const filter = `$KV.multitask-leases.ingest.${group}`;
      const { purged } = await manager.streams.purge('KV_multitask-leases', { filter });
      if (purged === 0) throw new Error(`there is no lease of ${group} in ${filter}`);
    });
  }

  async #connected<T>(work: (connection: Awaited<ReturnType<typeof connect>>) => Promise<T>): Promise<T> {
    const connection = await connect({ servers: this.#url, name: 'chaos-ledger' });
    try {
      return await work(connection);
    } finally {
      await connection.close();
    }
  }
}

/** A message as it lies in the stream. */
export interface RawMessage {
  readonly seq: number;
  readonly at: number;
  readonly subject: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly data: Uint8Array;
}

async function readAll(client: ReturnType<typeof jetstream>, from: number, last: number): Promise<RawMessage[]> {
  const consumer = await client.consumers.get(stream, {
    deliver_policy: DeliverPolicy.StartSequence,
    opt_start_seq: from,
  });
  const messages = await consumer.consume();
  const raw: RawMessage[] = [];
  for await (const message of messages) {
    raw.push(rawOf(message));
    if (message.seq >= last) break;
  }
  return raw;
}

const rawOf = (message: JsMsg): RawMessage => ({
  seq: message.seq,
  // A fact that was told the log a second time says when it was told first.
  at:
    Date.parse(message.headers?.get('multitask-first-stored-at') ?? '') ||
    Math.floor(message.info.timestampNanos / 1_000_000),
  subject: message.subject,
  headers: Object.fromEntries((message.headers?.keys() ?? []).map((name) => [name, message.headers!.get(name)])),
  data: message.data,
});

/** Puts events together that were stored in parts: the parts stand directly before the message that ends the event. */
export function assemble(raw: readonly RawMessage[]): LogMessage[] {
  const messages: LogMessage[] = [];
  let parts: RawMessage[] = [];
  for (const message of raw) {
    const [, partition = '', group = '', writer = ''] = message.subject.split('.');
    if (writer === 'part') {
      parts.push(message);
      continue;
    }
    const pieces = parts.filter((part) => part.headers['ce-id'] === message.headers['ce-id']);
    const text = Buffer.concat([...pieces, message].map(({ data }) => data)).toString('utf8');
    const { seq, at, headers } = message;
    messages.push({
      seq,
      at,
      group,
      partition,
      writer,
      type: headers['ce-type'] ?? '',
      id: headers['ce-id'] ?? '',
      source: headers['ce-source'] ?? '',
      // An append's expectation stands on its first message, which is a part where the first event is in parts.
      fence: fenceOf(pieces[0]?.headers ?? headers),
      data: JSON.parse(text) as JsonObject,
    });
    parts = [];
  }
  return messages;
}

function fenceOf(headers: Readonly<Record<string, string>>): LogMessage['fence'] {
  const seq = headers['Nats-Expected-Last-Subject-Sequence'];
  const subject = headers['Nats-Expected-Last-Subject-Sequence-Subject'];
  return seq === undefined ? null : { seq: Number(seq), subject: subject ?? '' };
}
