import { Controller, Inject } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import {
  MultitaskError,
  orchestrationRequest,
  problemOf,
  requestSubjects,
  type OrchestrationReply,
} from '@multitask/contracts';
import { findOperation } from '@multitask/orchestration-operations';
import type { Logger } from '@multitask/platform';
import { OperationService } from '../operations/operation.service';
import { LOGGER } from '../tokens';

/** Bytes of an answer; NATS takes 1 MiB with everything around it. */
const largestAnswer = 1_000_000;

const never = new AbortController().signal;

/** The engine for our other services, by NATS request and reply. Failures are answers too. */
@Controller()
export class RpcController {
  constructor(
    @Inject(OperationService) private readonly service: OperationService,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  @MessagePattern(requestSubjects.orchestrate)
  async perform(@Payload() payload: unknown): Promise<OrchestrationReply> {
    try {
      return { ok: true, output: await this.answer(payload) };
    } catch (error) {
      if (!MultitaskError.is(error)) this.logger.error({ err: error }, 'an internal request failed unexpectedly');
      return { ok: false, problem: problemOf(error) };
    }
  }

  private async answer(payload: unknown): Promise<object> {
    const request = orchestrationRequest.safeParse(payload);
    if (!request.success)
      throw new MultitaskError('invalid_field', 'operation, input and namespace are needed.', {
        field: request.error.issues[0]?.path.join('.'),
      });
    const { operation: name, input, namespace } = request.data;
    const operation = findOperation(name);
    if (!operation) throw new MultitaskError('invalid_field', 'There is no such operation.', { field: 'operation' });
    const output = await this.service.perform(operation, input, { namespace: namespace ?? undefined }, never);
    if (Buffer.byteLength(JSON.stringify(output)) <= largestAnswer) return output;
    throw new MultitaskError('too_large', 'The answer is larger than a message; ask for fewer at a time.', {
      field: 'limit',
    });
  }
}
