import { MultitaskError, type CreateAnswer, type DryRunAnswer, type GroupWarning } from '@multitask/contracts';
import type { EventLog } from '@multitask/event-log';
import type { GroupCommands } from '../groups/group.commands';
import type { CreateRequest } from './create.request';
import type { Caller } from './create.service';
import type { CreateWorkflow } from './create.workflow';
import { followedSpec } from './followed.group';
import { answerOf, boughtElsewhere, dryRunAnswerOf } from './group-answer';
import type { Created, GroupWriter } from './group.writer';
import { refuseWhenFull } from './log.room';
import type { Upstream, UpstreamGroup } from './upstream';

export type FollowRequest = CreateRequest & { readonly follows: string };

export interface FollowerParts {
  readonly workflow: CreateWorkflow;
  readonly writer: Pick<GroupWriter, 'find'>;
  readonly upstream: Pick<Upstream, 'readGroup'>;
  readonly commands: Pick<GroupCommands, 'retry' | 'isKnown'>;
  readonly log: Pick<EventLog, 'state'>;
  /** Runs of the largest group that is followed. */
  readonly maxRows: number;
}

/**
 * Brings a group that exists at Parallel onto a page of ours. The caller's key proves that it may; the rows are read from the
 * upstream's list by whoever holds the group. A group that is here already is looked at again.
 */
export class GroupFollower {
  constructor(private readonly parts: FollowerParts) {}

  async follow(request: FollowRequest, caller: Caller & { apiKey: string }): Promise<CreateAnswer> {
    const { workflow, log, commands } = this.parts;
    const earlier = await workflow.earlierAnswer({ ...request, ...caller });
    if (earlier) return earlier;
    await refuseWhenFull(log);
    const found = await this.found(request, caller.apiKey);
    if (await commands.isKnown(request.follows)) return this.lookAgain(request, caller, found);
    const plan = { kind: 'known' as const, output: { type: 'auto' as const }, warnings: [] };
    const rows = request.inputs.kind === 'rows' ? request.inputs.rows : undefined;
    return workflow.create({ ...request, ...caller, found, plan, rows: rows! });
  }

  async dryRun(request: FollowRequest, { apiKey }: Caller): Promise<DryRunAnswer> {
    if (apiKey === undefined)
      throw new MultitaskError('key_missing', 'Send the Parallel API key that can read the group.', {
        field: 'x-api-key',
      });
    const found = await this.found(request, apiKey);
    const { spec, warnings } = followedSpec(request.spec, found);
    return { ...dryRunAnswerOf(spec, found.runs, warnings, []), estimate: boughtElsewhere };
  }

  private async found({ follows }: FollowRequest, apiKey: string): Promise<UpstreamGroup> {
    const { upstream, maxRows } = this.parts;
    const found = await upstream.readGroup(apiKey, follows);
    if (found.runs <= maxRows) return found;
    throw new MultitaskError(
      'too_large',
      `The group has ${found.runs} runs; a group here has at most ${maxRows} rows.`,
      {
        field: 'taskgroup_id',
      },
    );
  }

  /** Reopens a followed group whose runs had all ended; one of our own making needs no second look. */
  private async lookAgain(
    { follows: groupId, spec }: FollowRequest,
    { apiKey }: Caller & { apiKey: string },
    found: UpstreamGroup,
  ): Promise<CreateAnswer> {
    const { commands, writer } = this.parts;
    const created = (await writer.find(groupId)) as Created;
    if (created.followed)
      await commands.retry({ groupId, apiKey, idempotencyKey: undefined }, {}).catch((error: unknown) => {
        if (!MultitaskError.is(error) || error.code !== 'nothing_to_do') throw error;
      });
    const answer = answerOf(groupId, created);
    const kept: GroupWarning[] = Object.keys(spec).map((field) => ({
      code: 'settled_before',
      field,
      message: `${field} stays as it is: the group is here already.`,
    }));
    const num_inputs = created.followed ? found.runs : answer.num_inputs;
    return { ...answer, num_inputs, warnings: [...answer.warnings, ...kept] };
  }
}
