import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A line on which the first answers to POST get lost: what was asked for has happened, and nobody is told. */
export interface AnswerThief {
  readonly origin: string;
  /** Idempotency-Key and status of every POST that was answered. */
  readonly posts: { key: string; status: number; body: string }[];
  close(): Promise<void>;
}

export async function startAnswerThief(target: string, answersToSteal: number): Promise<AnswerThief> {
  const posts: AnswerThief['posts'] = [];
  const server = createServer((incoming, outgoing) => {
    const { method, headers } = incoming;
    const onward = request(new URL(incoming.url!, target), { method, headers, agent: false }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('end', () => {
        const body = Buffer.concat(chunks).toString();
        if (method === 'POST' && !incoming.url!.includes('dry_run')) {
          posts.push({ key: String(headers['idempotency-key']), status: answer.statusCode!, body });
          if (posts.length <= answersToSteal) return void incoming.socket.destroy();
        }
        outgoing.writeHead(answer.statusCode!, { 'content-type': answer.headers['content-type'] }).end(body);
      });
    });
    onward.on('error', () => incoming.socket.destroy());
    incoming.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    posts,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
