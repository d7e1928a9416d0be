import { MultitaskError, type RedeliverAnswer, type RedeliverRequest, type WebhookAnswer } from '@multitask/contracts';
import type { EventLog } from '@multitask/event-log';
import { shownUrl } from '@multitask/outbound-http';
import type { GroupReader, NotifyJobRepository } from '@multitask/read-model';
import { deliveriesOf, webhookId, type WebhookFact } from '@multitask/task-group';
import { SecretNotFoundError, type Vault } from '@multitask/vault';
import type { ProjectionWait } from './projection.wait';

export interface DeliveriesParts {
  readonly log: Pick<EventLog, 'readGroup' | 'lastSeq'>;
  readonly reader: Pick<GroupReader, 'header'>;
  readonly jobs: Pick<NotifyJobRepository, 'webhooksOf' | 'redeliver'>;
  readonly vault: Vault;
  readonly projection: ProjectionWait;
  /** Business time. */
  readonly now: () => Date;
}

export const deliveriesPerPage = 20;

/** What became of a group's webhooks, and another delivery of one. */
export class WebhookDeliveries {
  constructor(private readonly parts: DeliveriesParts) {}

  async page(groupId: string, before: number | undefined): Promise<WebhookAnswer> {
    const { jobs, log } = this.parts;
    const found = await jobs.webhooksOf(groupId, deliveriesPerPage + 1, before);
    const page = found.slice(0, deliveriesPerPage);
    const facts: WebhookFact[] = [];
    for await (const { event } of eventsOf(log.readGroup(groupId, 1, 'notify')))
      if (event.name === 'WebhookAttempted' || event.name === 'WebhookGaveUp') facts.push(event);
    return {
      taskgroup_id: groupId,
      endpoint: await this.endpointOf(groupId),
      deliveries: deliveriesOf(groupId, page, facts),
      next_cursor: found.length > page.length ? String(page.at(-1)!.generation) : null,
    };
  }

  /** Under the same `webhook-id`, with three days of attempts from now on. */
  async redeliver(groupId: string, { generation: asked }: RedeliverRequest): Promise<RedeliverAnswer> {
    const { jobs, log, projection, now } = this.parts;
    // An attempt that the projector has yet to see would end the new delivery before it began.
    if (!(await projection.reached(groupId, await log.lastSeq(groupId, 'notify'))))
      throw new MultitaskError('not_ready', 'The last attempts are still being recorded. Try again.', {
        retryAfter: 2,
      });
    const generation = asked ?? (await jobs.webhooksOf(groupId, 1))[0]?.generation;
    if (generation === undefined || !(await jobs.redeliver(groupId, generation, now())))
      throw new MultitaskError(
        'nothing_to_do',
        `There is no webhook to deliver again: ${await this.reasonFor(groupId, asked)}`,
        asked === undefined ? {} : { field: 'generation' },
      );
    return { taskgroup_id: groupId, generation, webhook_id: webhookId({ groupId, generation }) };
  }

  private async reasonFor(groupId: string, generation: number | undefined): Promise<string> {
    if ((await this.endpointOf(groupId)) === null) return 'the group was created without webhook_url.';
    return generation === undefined ? 'nothing completed yet.' : `generation ${generation} has not completed.`;
  }

  /** Scheme and host. */
  private async endpointOf(groupId: string): Promise<string | null> {
    const sealed = (await this.parts.reader.header(groupId))?.header.webhookId;
    if (!sealed) return null;
    try {
      return shownUrl((await this.parts.vault.open<{ url: string }>(sealed, 'webhook')).reveal().url);
    } catch (error) {
      if (error instanceof SecretNotFoundError) return null;
      throw error;
    }
  }
}

async function* eventsOf(entries: ReturnType<EventLog['readGroup']>) {
  for await (const entry of entries) if (entry.kind === 'event') yield entry;
}
