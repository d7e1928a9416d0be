import { Controller, Inject } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import {
  dataRequest,
  MultitaskError,
  problemOf,
  requestSubjects,
  statusRequest,
  type DataReply,
  type StatusReply,
} from '@multitask/contracts';
import type { Logger } from '@multitask/platform';
import { parseResultQuery, statusProbe } from '@multitask/result-formats';
import type { z } from 'zod';
import { GroupSource } from '../group/group.source';
import { ResultPresenter } from '../pages/result.presenter';
import { LOGGER } from '../tokens';

/** Characters of an answer; NATS takes 1 MiB, and a larger answer is better fetched than passed around. */
const maxAnswerLength = 256 * 1024;

/** What our other services ask about a group, by NATS request and reply. Failures are answers too. */
@Controller()
export class RpcController {
  constructor(
    @Inject(GroupSource) private readonly source: GroupSource,
    @Inject(ResultPresenter) private readonly presenter: ResultPresenter,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  @MessagePattern(requestSubjects.getStatus)
  getStatus(@Payload() payload: unknown): Promise<StatusReply> {
    return this.answered(async () => {
      const { id } = parsed(statusRequest, payload);
      return { ok: true as const, status: statusProbe((await this.source.header(id)).view) };
    });
  }

  @MessagePattern(requestSubjects.getData)
  getData(@Payload() payload: unknown): Promise<DataReply> {
    return this.answered(async () => {
      const { id, format, query } = parsed(dataRequest, payload);
      const found = await this.presenter.group(id, format, parseResultQuery(query));
      const { pieces, close } = await found.open();
      let body = '';
      try {
        for await (const piece of pieces) {
          body += String(piece);
          if (body.length > maxAnswerLength)
            return { ok: true as const, reference: { path: `/${id}.${format}`, query } };
        }
      } finally {
        await close?.();
      }
      return { ok: true as const, body };
    });
  }

  private async answered<T>(work: () => Promise<T>): Promise<T | { ok: false; problem: ReturnType<typeof problemOf> }> {
    try {
      return await work();
    } catch (error) {
      if (!MultitaskError.is(error)) this.logger.error({ err: error }, 'an internal request failed unexpectedly');
      return { ok: false, problem: problemOf(error) };
    }
  }
}

function parsed<T>(schema: z.ZodType<T>, payload: unknown): T {
  const result = schema.safeParse(payload);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new MultitaskError('invalid_field', issue?.message ?? 'unusable', { field: issue?.path.join('.') });
}
