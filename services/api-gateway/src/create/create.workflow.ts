import { randomUUID } from 'node:crypto';
import { MultitaskError, type CreateAnswer, type GroupSpec, type GroupWarning } from '@multitask/contracts';
import type { Logger } from '@multitask/platform';
import { checkCost, composeSpec, estimateOf, reviewSpec, specCharacters, type OutputPlan } from '@multitask/task-group';
import { PostgresSecretStore, type Vault } from '@multitask/vault';
import type { Transaction } from 'kysely';
import { inputSchemaWarnings, oversizedWarning, type AcceptedRows } from '../inputs/accepted-rows';
import { requestDigest, type CreateRequest } from './create.request';
import { secretIdsOf, type CreateSteps, type Resolved } from './create.steps';
import { answerOf } from './group-answer';
import type { GroupWriter } from './group.writer';
import { owedWebhookSecret, sealSecrets } from './order.secrets';
import { TurnLostError, turnSeconds, type RequestRepository } from './request.repository';
import { resolveSuggestions } from './suggestion.resolver';
import type { Upstream, UpstreamGroup } from './upstream';
import { followedSpec } from './followed.group';

/** A checked request, its rows at hand, and who asks. */
export interface Order extends CreateRequest {
  readonly plan: OutputPlan;
  readonly rows: AcceptedRows;
  readonly apiKey: string;
  readonly origin: string;
  /** The caller's `Idempotency-Key`; without one, nobody can come back to this request. */
  readonly idempotencyKey: string | undefined;
  /** What the upstream says of the group that is to be followed. */
  readonly found?: UpstreamGroup;
}

export interface WorkflowDependencies {
  readonly writer: GroupWriter;
  readonly requests: RequestRepository;
  readonly vault: Vault;
  readonly upstream: Upstream;
  readonly logger: Logger;
  readonly settings: { readonly upstream: 'parallel' | 'emulator' | 'custom'; readonly maxCostUsd: number | undefined };
}

/** How long a call waits for another one with the same key before it is told to come back: long enough to outlive a dead one. */
const waitForOtherMs = (turnSeconds + 1) * 1_000;
const askAgainMs = 150;

/**
 * Creates a group so that it can be stopped at any point: what was done is in the idempotency row, and the same call with the
 * same key goes on from there. Order: row and secrets in one transaction, suggestions, upstream group (which proves the key),
 * its id into the row, rows and `GroupCreated` into the log, secrets bound to the group, the answer into the row.
 */
export class CreateWorkflow {
  constructor(private readonly use: WorkflowDependencies) {}

  /** The answer of an earlier call with the same key, if it is known; needs no rows, so it also works once a URL is gone. */
  async earlierAnswer(
    order: Pick<Order, 'spec' | 'inputs' | 'follows' | 'apiKey' | 'idempotencyKey'>,
  ): Promise<CreateAnswer | undefined> {
    if (order.idempotencyKey === undefined) return undefined;
    const found = await this.use.requests.find(this.idOf(order), this.bodyHashOf(order));
    if (found?.kind === 'other_request') throw otherRequest();
    return found && this.withSecret(found.answer, found.steps);
  }

  async create(order: Order): Promise<CreateAnswer> {
    const id = this.idOf(order);
    const holder = randomUUID();
    const deadline = performance.now() + waitForOtherMs;
    for (;;) {
      const claim = await this.use.requests.claim(id, this.bodyHashOf(order), holder, (transaction) =>
        this.begin(order, holder, transaction),
      );
      if (claim.kind === 'other_request') throw otherRequest();
      if (claim.kind === 'done') return this.withSecret(claim.answer, claim.steps);
      if (claim.kind === 'ours') return this.hold(id, claim.steps, order);
      if (performance.now() > deadline)
        throw new MultitaskError(
          'request_in_progress',
          'Another call with this Idempotency-Key is still being worked on. Repeat this one shortly to get its answer.',
          { field: 'Idempotency-Key', retryAfter: Math.max(1, claim.seconds) },
        );
      await new Promise((resolve) => setTimeout(resolve, askAgainMs));
    }
  }

  /** Does the work while saying that it is being done, and leaves the row as whoever comes next needs it. */
  private async hold(id: string, first: CreateSteps, order: Order): Promise<CreateAnswer> {
    const { requests, logger } = this.use;
    const { holder } = first;
    let steps = first;
    const save = async (change: Partial<CreateSteps>): Promise<CreateSteps> => {
      steps = { ...steps, ...change };
      await requests.save(id, steps);
      return steps;
    };
    const pulse = setInterval(
      () => {
        // A lost turn shows at the next step, and one that has just ended needs no renewal.
        requests.renew(id, holder).catch((error: unknown) => {
          if (!(error instanceof TurnLostError)) logger.warn({ err: error }, 'could not renew a turn');
        });
      },
      (turnSeconds * 1_000) / 3,
    );
    try {
      return await this.work(id, steps, order, save);
    } catch (error) {
      clearInterval(pulse);
      await this.leave(id, steps, order, error).catch((late: unknown) =>
        logger.warn({ err: late }, 'could not clean up after a failed create'),
      );
      throw error instanceof TurnLostError ? busy(error) : error;
    } finally {
      clearInterval(pulse);
    }
  }

  private async work(
    id: string,
    first: CreateSteps,
    order: Order,
    save: (change: Partial<CreateSteps>) => Promise<CreateSteps>,
  ): Promise<CreateAnswer> {
    const { requests, vault, upstream, settings } = this.use;
    let steps = first;
    if (order.found && !steps.taskgroup_id) steps = await save({ taskgroup_id: order.follows });
    const followed = order.found && followedSpec(order.spec, order.found);
    if (!followed && !steps.resolved) steps = await save({ resolved: await this.resolve(order) });
    const { spec, warnings } = followed ?? (await this.compose(order, steps.resolved!));
    if (!steps.taskgroup_id) {
      const group = await upstream.createGroup(order.apiKey, spec.metadata);
      steps = await save({ taskgroup_id: group.taskgroup_id });
    }
    const groupId = steps.taskgroup_id!;
    const created = await this.use.writer.write(
      groupId,
      {
        spec,
        credential_id: steps.credential_id,
        ...(steps.webhook_id && { webhook_id: steps.webhook_id }),
        ...(steps.mcp_servers_id && { mcp_servers_id: steps.mcp_servers_id }),
        owner_fingerprint: vault.fingerprintOf(order.apiKey),
        warnings,
        origin: order.origin,
        upstream: settings.upstream,
        estimated_cost_usd: followed ? 0 : estimateOf(order.rows.count, spec.processor).cost_usd,
        ...(followed && { followed: true }),
      },
      order.rows,
    );
    await vault.bind(secretIdsOf(steps), groupId);
    const answer = { ...answerOf(groupId, created), ...(order.found && { num_inputs: order.found.runs }) };
    await requests.finish(id, steps.holder, answer);
    return this.withSecret(answer, steps);
  }

  /** Schema and processor; known ones are only written down. */
  resolve(order: Pick<Order, 'apiKey' | 'spec' | 'plan' | 'rows'>): Promise<Resolved> {
    return resolveSuggestions(this.use.upstream, order.apiKey, order.spec, order.plan, order.rows.preview);
  }

  /** The group's specification and every warning about it. Throws when it is too large or too expensive. */
  async compose(
    { spec: asked, rows }: Pick<Order, 'spec' | 'rows'>,
    resolved: Resolved,
  ): Promise<{ spec: GroupSpec; warnings: GroupWarning[] }> {
    const spec = composeSpec(asked, resolved);
    const warnings = [...resolved.warnings, ...reviewSpec(spec)];
    checkCost(estimateOf(rows.count, spec.processor), rows.count, spec.processor, {
      caller: asked.max_cost_usd,
      operator: this.use.settings.maxCostUsd,
    });
    return {
      spec,
      warnings: [
        ...warnings,
        ...(await inputSchemaWarnings(rows, spec.input_schema)),
        ...oversizedWarning(rows.oversized(specCharacters(spec))),
      ],
    };
  }

  private async begin(order: Order, holder: string, transaction: Transaction<never>): Promise<CreateSteps> {
    const vault = this.use.vault.on(new PostgresSecretStore(transaction));
    return { holder, ...(await sealSecrets(vault, order.apiKey, order.spec)) };
  }

  /**
   * A call that can come back goes on from its upstream group. In all other cases nothing is left that anybody could use, so
   * the row and its secrets go; an upstream group that stays behind is empty and costs nothing.
   */
  private async leave(id: string, steps: CreateSteps, order: Order, error: unknown): Promise<void> {
    const { requests, logger } = this.use;
    if (error instanceof TurnLostError) return;
    if (steps.taskgroup_id && order.idempotencyKey !== undefined) return requests.release(id, steps.holder);
    if (steps.taskgroup_id) {
      // Its rows may be on their way all the same: the sweep looks into the log before it forgets anything.
      logger.warn({ groupId: steps.taskgroup_id }, 'a create failed after its upstream group was made');
      return requests.release(id, steps.holder);
    }
    await requests.forget(id, steps.holder, (transaction) =>
      this.use.vault.on(new PostgresSecretStore(transaction)).destroy(secretIdsOf(steps)),
    );
  }

  private async withSecret(answer: CreateAnswer, steps: CreateSteps): Promise<CreateAnswer> {
    const webhook_secret = await owedWebhookSecret(this.use.vault, steps);
    return webhook_secret === undefined ? answer : { ...answer, webhook_secret };
  }

  private idOf({ apiKey, idempotencyKey }: Pick<Order, 'apiKey' | 'idempotencyKey'>): string {
    return idempotencyKey === undefined ? randomUUID() : this.use.vault.fingerprintOf(`${apiKey}\n${idempotencyKey}`);
  }

  /** Under the house's own key: a plain hash of a request could be tried out for the secrets in it. */
  private bodyHashOf(order: Pick<Order, 'spec' | 'inputs' | 'follows' | 'apiKey'>): string {
    return this.use.vault.fingerprintOf(requestDigest(order));
  }
}

const otherRequest = (): MultitaskError =>
  new MultitaskError(
    'idempotency_key_reused',
    'This Idempotency-Key was used with another request. Use a new key for a new request.',
    { field: 'Idempotency-Key' },
  );

const busy = (cause: unknown): MultitaskError =>
  new MultitaskError('request_in_progress', 'Another call took this request over. Repeat it to get its answer.', {
    retryAfter: 1,
    cause,
  });
