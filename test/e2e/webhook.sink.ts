import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Delivery {
  readonly id: string;
  readonly signature: string;
  readonly timestamp: string;
  readonly body: string;
  readonly groupId: string;
  /** Whether the group's URL, read the moment the webhook arrived, showed a finished group. */
  readonly groupWasDone: boolean;
}

export interface WebhookSink {
  readonly url: string;
  deliveriesFor(groupId: string): readonly Delivery[];
  close(): Promise<void>;
}

/** A receiver that does what receivers do: it reads the group at once. */
export async function startWebhookSink(): Promise<WebhookSink> {
  const deliveries: Delivery[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString();
      const { data } = JSON.parse(body) as { data: { url: string; taskgroup_id: string } };
      void isDone(data.url).then((groupWasDone) => {
        deliveries.push({
          id: String(request.headers['webhook-id']),
          signature: String(request.headers['webhook-signature']),
          timestamp: String(request.headers['webhook-timestamp']),
          body,
          groupId: data.taskgroup_id,
          groupWasDone,
        });
        response.writeHead(204).end();
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook?token=hidden`,
    deliveriesFor: (groupId) => deliveries.filter((delivery) => delivery.groupId === groupId),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function isDone(url: string): Promise<boolean> {
  const answer = await fetch(`${url}.json`);
  if (!answer.ok) return false;
  return !((await answer.json()) as { status: { is_active: boolean } }).status.is_active;
}
