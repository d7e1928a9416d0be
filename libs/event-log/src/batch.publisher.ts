import { nuid, type MsgHdrs, type NatsConnection } from '@nats-io/transport-node';
import { RefusedError } from './jetstream.errors';
import type { OutgoingMessage } from './message.encoder';

interface PublishAnswer {
  readonly error?: { readonly code?: number; readonly err_code?: number; readonly description?: string };
  readonly seq?: number;
  readonly count?: number;
}

/** How long the server may take to answer one publish; a leader election is longer and counts as unclear. */
const answerTimeoutMs = 5_000;

/**
 * Stores all messages or none and resolves with the sequence of the last one. Rejects with {@link RefusedError}, or with the
 * client's own error when no answer came.
 *
 * The batch is spoken on the wire here because the client's batch publisher hides why a batch was refused. The messages go
 * out together: only the answers to the first (too many batches are open) and to the last (stored, or why not) matter.
 */
export async function publishAll(connection: NatsConnection, messages: readonly OutgoingMessage[]): Promise<number> {
  if (messages.length === 1) return publishOne(connection, messages[0]!);
  const batch = nuid.next();
  const answers: Promise<PublishAnswer>[] = [];
  messages.forEach(({ subject, headers, data }, index) => {
    headers.set('Nats-Batch-Id', batch);
    headers.set('Nats-Batch-Sequence', String(index + 1));
    const isLast = index === messages.length - 1;
    if (isLast) headers.set('Nats-Batch-Commit', '1');
    if (index === 0 || isLast) answers.push(request(connection, subject, data, headers));
    else connection.publish(subject, data, { headers });
  });
  const [opened, stored] = await Promise.allSettled(answers);
  // When the batch could not be opened the answer to its last message says only that it is incomplete.
  if (opened!.status === 'fulfilled') refuse(opened!.value);
  if (stored!.status === 'rejected') throw stored!.reason;
  refuse(stored!.value);
  if (stored!.value.count !== messages.length)
    throw new RefusedError(0, 'the server stored another number of messages');
  return stored!.value.seq!;
}

async function publishOne(connection: NatsConnection, { subject, headers, data }: OutgoingMessage): Promise<number> {
  const answer = await request(connection, subject, data, headers);
  refuse(answer);
  if (!answer.seq) throw new RefusedError(0, 'the server acknowledged without a sequence');
  return answer.seq;
}

async function request(
  connection: NatsConnection,
  subject: string,
  data: Uint8Array,
  headers: MsgHdrs,
): Promise<PublishAnswer> {
  const message = await connection.request(subject, data, { headers, timeout: answerTimeoutMs });
  return message.data.length === 0 ? {} : message.json<PublishAnswer>();
}

function refuse(answer: PublishAnswer): void {
  if (!answer.error) return;
  const { code, err_code, description } = answer.error;
  throw new RefusedError(err_code ?? 0, description ?? 'refused', code);
}
