import { createCipheriv, createHmac, randomBytes, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

import { connect, headers, nuid, type NatsConnection } from '@nats-io/transport-node';
import pg from 'pg';
import { Agent, request } from 'undici';
import { answerQuestions } from '../rig/worker';

/** The calls of a create and nothing else: the same statements, one POST upstream, one fenced batch; no checks, no second try. */
interface Setting {
  readonly databaseUrl: string;
  readonly natsUrl: string;
  readonly upstreamUrl: string;
}

const key = randomBytes(32);
const seal = (text: string) => {
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  return { nonce, ciphertext: Buffer.concat([cipher.update(text), cipher.final(), cipher.getAuthTag()]) };
};

async function bodyOf(incoming: IncomingMessage): Promise<{ inputs: unknown[] }> {
  let text = '';
  for await (const chunk of incoming) text += String(chunk);
  return JSON.parse(text) as { inputs: unknown[] };
}

async function publishFenced(nats: NatsConnection, subject: string, events: unknown[]): Promise<void> {
  const batch = nuid.next();
  const answers = events.map(async (event, i) => {
    const head = headers();
    if (i === 0) head.set('Nats-Expected-Last-Subject-Sequence', '0');
    head.set('Nats-Batch-Id', batch);
    head.set('Nats-Batch-Sequence', String(i + 1));
    if (i === events.length - 1) head.set('Nats-Batch-Commit', '1');
    return nats.request(subject, JSON.stringify(event), { headers: head, timeout: 5_000 });
  });
  const stored = (await Promise.all(answers)).at(-1)!.json<{ error?: { description: string } }>();
  if (stored.error) throw new Error(stored.error.description);
}

async function create(
  pool: pg.Pool,
  nats: NatsConnection,
  agent: Agent,
  upstreamUrl: string,
  incoming: IncomingMessage,
) {
  const order = await bodyOf(incoming);
  const [id, secretId] = [randomUUID(), randomUUID()];
  const apiKey = String(incoming.headers['x-api-key']);
  const client = await pool.connect();
  await client.query('begin');
  await client.query(
    `insert into idempotency.requests (id, body_hash, state, steps, locked_until)
     values ($1, $2, 'in_progress', '{}', now() + interval '15 s') on conflict (id) do nothing`,
    [id, createHmac('sha256', key).update(JSON.stringify(order)).digest('hex')],
  );
  const sealed = seal(apiKey);
  await client.query(
    `insert into vault.secrets (id, purpose, key_id, wrapped_key, nonce, ciphertext, created_at)
     values ($1, 'upstream-key', 'bare', $2, $3, $4, now())`,
    [secretId, randomBytes(60), sealed.nonce, sealed.ciphertext],
  );
  const step = 'update idempotency.requests set steps = $2, updated_at = now() where id = $1';
  await client.query(step, [id, JSON.stringify({ credential_id: secretId })]);
  await client.query('commit');
  client.release();
  await pool.query(step, [id, JSON.stringify({ credential_id: secretId, resolved: order })]);
  const answer = await request(`${upstreamUrl}/v1/tasks/groups`, {
    method: 'POST',
    dispatcher: agent,
    headers: { 'x-api-key': apiKey, 'content-type': 'application/json' },
    body: '{}',
  });
  const { taskgroup_id: groupId } = (await answer.body.json()) as { taskgroup_id: string };
  await pool.query(step, [id, JSON.stringify({ credential_id: secretId, resolved: order, taskgroup_id: groupId })]);
  await publishFenced(nats, `bare.${groupId}`, [{ inputs: order.inputs }, { ...order, inputs: undefined }]);
  await pool.query('update vault.secrets set subject = $2, bound_at = now() where id = $1', [secretId, groupId]);
  const created = JSON.stringify({ taskgroup_id: groupId, url: `http://127.0.0.1/${groupId}` });
  await pool.query("update idempotency.requests set state = 'done', answer = $2 where id = $1", [id, created]);
  return created;
}

let hello: unknown;

answerQuestions({
  greet: (body: unknown) => void (hello = body),
  async listen({ databaseUrl, natsUrl, upstreamUrl }: Setting) {
    const pool = new pg.Pool({ connectionString: databaseUrl, max: 5 });
    const nats = await connect({ servers: natsUrl });
    const agent = new Agent({ connections: 32 });
    const server = createServer((incoming, response) => {
      if (incoming.method === 'GET')
        return void response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(hello));
      create(pool, nats, agent, upstreamUrl, incoming).then(
        (text) => response.writeHead(201, { 'content-type': 'application/json' }).end(text),
        (error: unknown) => response.writeHead(500).end(String(error)),
      );
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  },
});
