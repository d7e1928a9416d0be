import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';

export interface Delivery {
  readonly id: string;
  /** Whether the signature fits the secret that the create request was answered with. */
  readonly verified: boolean;
}

/** One is expected; the port is open to every program of this machine. */
const mostKept = 10;
const largestBody = 64 * 1024;

/** A receiver as a user would run one, on this machine: it shows that the webhook of the example arrives, and signed. */
export class WebhookReceiver {
  private readonly waiting = new Set<(delivery: Delivery) => void>();
  private readonly deliveries: { id: string; body: string; headers: Record<string, string> }[] = [];
  private secret: string | undefined;

  private constructor(
    private readonly server: Server,
    readonly port: number,
  ) {}

  get url(): string {
    return `http://127.0.0.1:${this.port}/example-webhook`;
  }

  /** `wantedPort` is tried first: the group of an earlier start calls there. */
  static async open(wantedPort = 0): Promise<WebhookReceiver> {
    const server = createServer();
    const listen = (port: number) =>
      new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen(port, '127.0.0.1', resolve);
      });
    await listen(wantedPort).catch(() => listen(0));
    const receiver = new WebhookReceiver(server, (server.address() as AddressInfo).port);
    server.on('request', (request, response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      request.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size > largestBody) request.destroy();
        else chunks.push(chunk);
      });
      request.on('end', () => {
        response.writeHead(204).end();
        receiver.take(Buffer.concat(chunks).toString('utf8'), request.headers as Record<string, string>);
      });
    });
    return receiver;
  }

  /** The first delivery whose signature can be checked with `secret`; undefined after `timeoutMs`. */
  async delivery(secret: string, timeoutMs: number): Promise<Delivery | undefined> {
    this.secret = secret;
    const first = this.deliveries[0];
    if (first) return this.verify(first);
    return new Promise((resolve) => {
      const end = (delivery?: Delivery) => {
        clearTimeout(timer);
        this.waiting.delete(end);
        resolve(delivery);
      };
      const timer = setTimeout(end, timeoutMs);
      this.waiting.add(end);
    });
  }

  close(): void {
    this.server.close();
    this.server.closeAllConnections();
  }

  private take(body: string, headers: Record<string, string>): void {
    const delivery = { id: String(headers['webhook-id']), body, headers };
    if (this.deliveries.length < mostKept) this.deliveries.push(delivery);
    for (const tell of this.waiting) tell(this.verify(delivery));
  }

  private verify(delivery: { id: string; body: string; headers: Record<string, string> }): Delivery {
    try {
      new Webhook(this.secret!).verify(delivery.body, delivery.headers);
      return { id: delivery.id, verified: true };
    } catch {
      return { id: delivery.id, verified: false };
    }
  }
}
