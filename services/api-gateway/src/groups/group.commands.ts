import { createHash, randomUUID } from 'node:crypto';
import {
  event,
  MultitaskError,
  type AppendAnswer,
  type CancelAnswer,
  type DeleteAnswer,
  type EventOf,
  type GroupWarning,
  type RetryAnswer,
  type RetryRequest,
} from '@multitask/contracts';
import type { EventLog } from '@multitask/event-log';
import {
  cancelSummary,
  decideAppend,
  decideCancel,
  decideDelete,
  decideRetry,
  earlierCommand,
  estimateOf,
  livingHeader,
  specCharacters,
  type CommandHeader,
  type CommandRequest,
} from '@multitask/task-group';
import type { Vault } from '@multitask/vault';
import { requestDigest, type CreateRequest } from '../create/create.request';
import { refuseWhenFull } from '../create/log.room';
import { inputSchemaWarnings, oversizedWarning, type AcceptedRows } from '../inputs/accepted-rows';
import { writeAppend } from './append.writer';
import type { CommandLog } from './command.log';
import { PresentedKey } from './presented.key';
import type { ProjectionWait } from './projection.wait';

/** Who commands which group; that they may has been checked. */
export interface Commander {
  readonly groupId: string;
  readonly apiKey: string;
  /** Without one, nobody can come back to this call. */
  readonly idempotencyKey: string | undefined;
}

export interface CommandParts {
  readonly log: Pick<EventLog, 'state'>;
  readonly commands: CommandLog;
  readonly vault: Vault;
  readonly projection: ProjectionWait;
  readonly rowsOf: (inputs: CreateRequest['inputs']) => Promise<AcceptedRows>;
  readonly limits: { readonly rows: number; readonly costUsd: number | undefined };
}

const shownRows = 1_000;

/** What an owner may do to a group: each is one event in the log, decided on all commands before it. */
export class GroupCommands {
  constructor(private readonly parts: CommandParts) {}

  /** Whether the group has its beginning in our log. Throws `group_expired` for one that is gone. */
  async isKnown(groupId: string): Promise<boolean> {
    const { header } = await this.parts.commands.read(groupId);
    if (header?.deleted) throw new MultitaskError('group_expired', `Task group ${groupId} was deleted by its owner.`);
    return header !== undefined;
  }

  async append(by: Commander, asked: CreateRequest): Promise<AppendAnswer> {
    const request = this.requestOf(by, requestDigest(asked));
    const { groupId } = by;
    let rows = asked.inputs.kind === 'rows' ? asked.inputs.rows : undefined;
    try {
      const state = await this.parts.commands.carryOut(() => this.parts.commands.read(groupId));
      const header = livingHeader(state);
      // Before a URL is fetched again, which may be gone by now.
      const earlier = earlierCommand(state, 'InputsAppended', request);
      if (earlier) return appendAnswer(groupId, header, earlier);
      await refuseWhenFull(this.parts.log);
      rows ??= await this.parts.rowsOf(asked.inputs);
      const warnings = await warningsOf(rows, header);
      const command = await this.writeAppend(by, asked, request, rows, warnings);
      return appendAnswer(groupId, header, command);
    } finally {
      await rows?.dispose();
    }
  }

  async retry(by: Commander, asked: RetryRequest): Promise<RetryAnswer> {
    const { commands, vault, projection, log } = this.parts;
    const { groupId } = by;
    const request = this.requestOf(by, JSON.stringify([asked.rows ?? null, asked.max_cost_usd ?? null]));
    await refuseWhenFull(log);
    const key = new PresentedKey(vault, groupId, by.apiKey);
    let header: CommandHeader | undefined;
    let seq = 0;
    const command = await key.for(() =>
      commands.carryOut(async () => {
        const { state, group } = await commands.readRows(groupId);
        header = livingHeader(state);
        const earlier = earlierCommand(state, 'RetryRequested', request);
        if (earlier) return earlier;
        const retry = { rows: asked.rows, maxCostUsd: asked.max_cost_usd, request };
        const decided = decideRetry(state, group, { ...retry, credentialId: '' });
        const sealed = event('RetryRequested', { ...decided.data, credential_id: await key.credentialId() });
        seq = await commands.append(groupId, [sealed], state.seq);
        return sealed;
      }),
    );
    await projection.reached(groupId, seq);
    return retryAnswer(groupId, header!, command);
  }

  async cancel({ groupId }: Commander): Promise<CancelAnswer> {
    const { commands, projection } = this.parts;
    const { header, seq } = await commands.carryOut(async () => {
      const state = await commands.read(groupId);
      const decided = decideCancel(state);
      const last = decided ? await commands.append(groupId, [decided], state.seq) : state.seq;
      return { header: livingHeader(state), seq: last };
    });
    const projected = await projection.reached(groupId, seq);
    const counts = projected?.header.counts ?? (await commands.readRows(groupId)).group.counts;
    return {
      url: urlOf(groupId, header),
      taskgroup_id: groupId,
      generation: header.generation,
      ...cancelSummary(counts),
    };
  }

  /** Resolves when the group is gone for its readers, or after a while with `deleted: false`: it is certain to go. */
  async delete({ groupId }: Commander): Promise<DeleteAnswer> {
    const { commands, projection } = this.parts;
    await commands.carryOut(async () => {
      const state = await commands.read(groupId);
      const decided = decideDelete(state);
      if (decided) await commands.append(groupId, [decided], state.seq);
    });
    const deleted = await projection.expired(groupId);
    const detail = deleted
      ? 'The group and its results are deleted here. Runs that were bought go on at Parallel, which keeps its own copy.'
      : 'The group is being deleted; its URL answers 410 shortly. Runs that were bought go on at Parallel, which keeps its own copy.';
    return { taskgroup_id: groupId, deleted, detail };
  }

  private async writeAppend(
    by: Commander,
    { spec }: CreateRequest,
    request: CommandRequest,
    rows: AcceptedRows,
    warnings: readonly GroupWarning[],
  ): Promise<EventOf<'InputsAppended'>> {
    const { commands, vault, projection, limits } = this.parts;
    const { groupId } = by;
    const key = new PresentedKey(vault, groupId, by.apiKey);
    let seq = 0;
    const command = await key.for(() =>
      commands.carryOut(async () => {
        const state = await commands.read(groupId);
        const earlier = earlierCommand(state, 'InputsAppended', request);
        if (earlier) return earlier;
        const decided = decideAppend(state, {
          batchId: randomUUID(),
          rowCount: rows.count,
          credentialId: '',
          warnings,
          request,
          maxInputs: spec.max_inputs,
          maxCostUsd: spec.max_cost_usd,
          limits,
        });
        const sealed = event('InputsAppended', { ...decided.data, credential_id: await key.credentialId() });
        seq = await writeAppend(commands, groupId, sealed, rows, state.seq);
        return sealed;
      }),
    );
    await projection.reached(groupId, seq);
    return command;
  }

  /** Every call gets one: by it a call knows its own command after an append of which nobody can tell whether it was stored. */
  private requestOf({ groupId, apiKey, idempotencyKey }: Commander, asked: string): CommandRequest {
    const { vault } = this.parts;
    // A plain hash of a request could be tried out for the secrets in it, such as the query of a URL.
    const digest = vault.fingerprintOf(createHash('sha256').update(asked).digest('hex'));
    if (idempotencyKey === undefined) return { id: randomUUID(), digest };
    return { id: vault.fingerprintOf(`${apiKey}\n${groupId}\n${idempotencyKey}`), digest };
  }
}

const urlOf = (groupId: string, { origin }: CommandHeader): string => `${origin}/${groupId}`;

async function warningsOf(rows: AcceptedRows, { spec }: CommandHeader): Promise<GroupWarning[]> {
  return [
    ...(await inputSchemaWarnings(rows, spec.input_schema)),
    ...oversizedWarning(rows.oversized(specCharacters(spec))),
  ];
}

function appendAnswer(groupId: string, header: CommandHeader, { data }: EventOf<'InputsAppended'>): AppendAnswer {
  return {
    url: urlOf(groupId, header),
    taskgroup_id: groupId,
    generation: data.generation,
    num_inputs: data.row_count,
    first_row: data.first_row,
    warnings: data.warnings ?? [],
    estimate: estimateOf(data.row_count, header.spec.processor),
  };
}

function retryAnswer(groupId: string, header: CommandHeader, { data }: EventOf<'RetryRequested'>): RetryAnswer {
  return {
    url: urlOf(groupId, header),
    taskgroup_id: groupId,
    generation: data.generation,
    num_rows: data.rows.length,
    rows: data.rows.slice(0, shownRows),
    estimate: estimateOf(data.rows.length, header.spec.processor),
  };
}
