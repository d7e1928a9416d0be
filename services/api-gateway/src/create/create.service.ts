import type { CreateAnswer, DryRunAnswer } from '@multitask/contracts';
import type { EventLog } from '@multitask/event-log';
import type { OutboundClient } from '@multitask/outbound-http';
import {
  checkCost,
  checkRowCount,
  checkSpec,
  estimateOf,
  fallbackProcessor,
  planOutput,
  type OutputPlan,
} from '@multitask/task-group';
import type { AcceptedRows } from '../inputs/accepted-rows';
import type { CreateRequest } from './create.request';
import type { CreateWorkflow, Order } from './create.workflow';
import type { FollowRequest, GroupFollower } from './group.follower';
import { dryRunAnswerOf } from './group-answer';
import { refuseWhenFull } from './log.room';
import { fetchedRows, type ReadLimits } from './request-inputs';
import type { Resolved } from './create.steps';

/** Who asks, and how. */
export interface Caller {
  readonly apiKey: string | undefined;
  readonly origin: string;
  readonly idempotencyKey: string | undefined;
}

export interface CreateSettings extends ReadLimits {
  readonly maxCostUsd: number | undefined;
}

/** Checks a request in full before anything is created, then has it created. */
export class CreateService {
  constructor(
    private readonly workflow: CreateWorkflow,
    private readonly follower: GroupFollower,
    private readonly log: Pick<EventLog, 'state'>,
    private readonly outbound: Pick<OutboundClient, 'get' | 'assertCallable'>,
    private readonly settings: CreateSettings,
  ) {}

  async create(request: CreateRequest, caller: Caller & { apiKey: string }): Promise<CreateAnswer> {
    if (isFollowing(request)) {
      this.checkWebhook(request);
      return this.follower.follow(request, caller);
    }
    const plan = this.check(request);
    const earlier = await this.workflow.earlierAnswer({ ...request, ...caller });
    if (earlier) return earlier;
    await refuseWhenFull(this.log);
    const rows = await this.rowsOf(request);
    try {
      this.checkRows(request, rows);
      const order: Order = { ...request, ...caller, plan, rows };
      return await this.workflow.create(order);
    } finally {
      await rows.dispose();
    }
  }

  /** What would be created; asks the upstream for suggestions only when there is a key to ask with. */
  async dryRun(request: CreateRequest, caller: Caller): Promise<DryRunAnswer> {
    if (isFollowing(request)) {
      this.checkWebhook(request);
      return this.follower.dryRun(request, caller);
    }
    const plan = this.check(request);
    const rows = await this.rowsOf(request);
    try {
      this.checkRows(request, rows);
      const { spec } = request;
      const resolved = caller.apiKey
        ? await this.workflow.resolve({ spec, plan, rows, apiKey: caller.apiKey })
        : unresolved(plan, spec.processor);
      const composed = await this.workflow.compose({ spec, rows }, resolved);
      return dryRunAnswerOf(composed.spec, rows.count, composed.warnings, rows.preview);
    } finally {
      await rows.dispose();
    }
  }

  /** Everything that needs neither rows nor upstream. */
  private check({ spec, inputs }: CreateRequest): OutputPlan {
    const plan = planOutput(spec);
    checkSpec(spec);
    this.checkWebhook({ spec });
    if (inputs.kind === 'url') this.outbound.assertCallable(inputs.url, 'inputs');
    return plan;
  }

  private checkWebhook({ spec }: Pick<CreateRequest, 'spec'>): void {
    if (spec.webhook_url) this.outbound.assertCallable(spec.webhook_url, 'webhook_url');
  }

  private checkRows({ spec }: CreateRequest, rows: AcceptedRows): void {
    checkRowCount(rows.count, spec.max_inputs, this.settings.rows);
    if (spec.processor === undefined) return;
    checkCost(estimateOf(rows.count, spec.processor), rows.count, spec.processor, {
      caller: spec.max_cost_usd,
      operator: this.settings.maxCostUsd,
    });
  }

  private async rowsOf({ inputs }: CreateRequest): Promise<AcceptedRows> {
    if (inputs.kind === 'rows') return inputs.rows;
    return fetchedRows(this.outbound, inputs.url, this.settings);
  }
}

const isFollowing = (request: CreateRequest): request is FollowRequest => request.follows !== undefined;

/** Without a key nothing can be suggested: said as a warning, with what would be used if suggestions failed. */
function unresolved(plan: OutputPlan, processor: string | undefined): Resolved {
  const warnings = plan.kind === 'known' ? [...plan.warnings] : [];
  if (plan.kind === 'suggest')
    warnings.push({
      code: 'not_suggested',
      field: 'output_schema',
      message:
        'A schema is suggested from output_description when the group is created; send an API key to see it here.',
    });
  if (processor === undefined)
    warnings.push({
      code: 'not_suggested',
      field: 'processor',
      message: `A processor is suggested when the group is created; ${fallbackProcessor} is assumed here. Send an API key to see it.`,
    });
  return {
    output: plan.kind === 'known' ? plan.output : { type: 'json', json_schema: {} },
    processor: processor ?? fallbackProcessor,
    warnings,
  };
}
