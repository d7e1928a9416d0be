import { OutboundError, type OutboundClient } from '@multitask/outbound-http';
import { webhookBody, webhookId, type Completion, type WebhookAnswer } from '@multitask/task-group';
import { Webhook } from 'standardwebhooks';

/** A caller's webhook as it lies in the vault. */
export type SealedWebhook = { url: string; secret: string };

/** Nobody reads the answer's body; this much is taken so that the connection can be used again. */
const maxResponseBytes = 1_024;

const faults: Readonly<Record<string, string>> = {
  not_allowed: 'its address is not on the public internet',
  timeout: 'there was no answer in time',
  unreachable: 'it cannot be reached',
};

/** Signs and sends one webhook, and says in our own words what came of it. */
export class WebhookSender {
  constructor(
    private readonly outbound: OutboundClient,
    private readonly timeoutMs: number,
  ) {}

  /** Rejects only when the signal aborts: then nobody knows whether it arrived. */
  async send(webhook: SealedWebhook, completion: Completion, signal: AbortSignal): Promise<WebhookAnswer> {
    const body = webhookBody(completion);
    const id = webhookId(completion);
    // The wall clock, whatever the business clock says: receivers refuse a message whose time is not near their own.
    const sentAt = new Date();
    const signature = signatureOf(webhook.secret, id, sentAt, body);
    if (signature === undefined) return { status: null, fault: 'its secret cannot be used to sign' };
    const headers = {
      'content-type': 'application/json',
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(sentAt.getTime() / 1_000)),
      'webhook-signature': signature,
    };
    try {
      const limits = { timeoutMs: this.timeoutMs, maxResponseBytes, signal };
      const answer = await this.outbound.post(webhook.url, body, headers, limits);
      return { status: answer.status, retryAfter: secondsOf(answer.headers['retry-after']) };
    } catch (error) {
      if (signal.aborted || !(error instanceof OutboundError)) throw error;
      const fault = faults[error.fault] ?? 'it did not answer as expected';
      return { status: null, fault: error.reason ? `${fault}: ${error.reason}` : fault };
    }
  }
}

const secondsOf = (header: string | undefined): number | undefined =>
  header !== undefined && /^\d{1,9}$/.test(header) ? Number(header) : undefined;

/** The library's complaint about a secret is not passed on: it may quote it. */
function signatureOf(secret: string, id: string, at: Date, body: string): string | undefined {
  try {
    return new Webhook(secret).sign(id, at, body);
  } catch {
    return undefined;
  }
}
