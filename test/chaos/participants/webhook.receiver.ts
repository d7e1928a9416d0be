import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DeliveryAccount } from '../ledger';
import type { Random } from '../random';
import type { ResultBody } from './result.poller';

/** How long the receiver insists on reading the URL: a gateway that was just killed is back within that. */
const readPatienceMs = 4_000;

export interface ReceiverHabits {
  /** Share of first arrivals of a webhook that are answered 500. */
  readonly failingWebhooks: number;
  /** Milliseconds until it answers, after it has looked. */
  readonly webhookMs?: number;
  /** Where it listens; a free port of this machine alone unless said. */
  readonly at?: { readonly host: string; readonly port: number };
}

/** A receiver that reads the URL it is told the moment it is told, and fails now and then. */
export class WebhookReceiver {
  readonly #server: Server;
  readonly #arrived: DeliveryAccount[] = [];
  readonly #random: Random;
  readonly #habits: ReceiverHabits;

  private constructor(random: Random, habits: ReceiverHabits) {
    this.#random = random;
    this.#habits = habits;
    this.#server = createServer((request, response) => {
      this.#take(request).then(
        (status) => response.writeHead(status).end(),
        () => response.writeHead(400).end(),
      );
    });
  }

  static async open(random: Random, habits: ReceiverHabits): Promise<WebhookReceiver> {
    const receiver = new WebhookReceiver(random, habits);
    await new Promise<void>((resolve) => receiver.#server.listen(habits.at?.port ?? 0, receiver.#host, resolve));
    return receiver;
  }

  get #host(): string {
    return this.#habits.at?.host ?? '127.0.0.1';
  }

  get url(): string {
    return `http://${this.#host}:${(this.#server.address() as AddressInfo).port}/hook`;
  }

  /** Of these groups, in the order of arrival. */
  deliveries(groups: ReadonlySet<string>): DeliveryAccount[] {
    return this.#arrived.filter(({ group }) => groups.has(group));
  }

  wasTold(group: string): boolean {
    return this.#arrived.some((delivery) => delivery.group === group && delivery.answered < 300);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #take(request: IncomingMessage): Promise<number> {
    const at = Date.now();
    const body = await textOf(request);
    const { data } = JSON.parse(body) as { data: { url: string; taskgroup_id: string } };
    const seen = await lookAt(data.url);
    const id = header(request, 'webhook-id');
    const isFirst = !this.#arrived.some((delivery) => delivery.id === id);
    const answered = isFirst && this.#random.chance(this.#habits.failingWebhooks) ? 500 : 204;
    this.#arrived.push({
      at,
      id,
      signature: header(request, 'webhook-signature'),
      timestamp: header(request, 'webhook-timestamp'),
      body,
      group: data.taskgroup_id,
      seen,
      answered,
    });
    await sleep(this.#habits.webhookMs ?? 0);
    return answered;
  }
}

/** The first answer counts, whatever it says; only silence and 5xx are asked again. */
async function lookAt(url: string): Promise<DeliveryAccount['seen']> {
  for (const deadline = Date.now() + readPatienceMs; Date.now() < deadline; await sleep(50)) {
    const answer = await fetch(`${url}.json`, { signal: AbortSignal.timeout(readPatienceMs) }).catch(() => undefined);
    if (!answer || answer.status >= 500) continue;
    if (!answer.ok) return { active: true, unfinishedRows: -1, rows: -1 };
    const { status, results } = (await answer.json()) as ResultBody;
    const unfinished = results.filter(({ $status }) => $status !== 'completed').length;
    return { active: status.is_active, unfinishedRows: unfinished, rows: results.length };
  }
  return null;
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

const header = (request: IncomingMessage, name: string): string => String(request.headers[name] ?? '');
