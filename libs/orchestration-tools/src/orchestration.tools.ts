import type { Tool } from '@multitask/mcp-kit';
import { operations, type Caller } from '@multitask/orchestration-operations';
import type { Orchestrator } from './orchestrator';

/** Every operation as a tool. The context says for whom: a namespace to stay in, and when the caller has gone. */
export const orchestrationTools = (orchestrator: Orchestrator): Tool<Partial<Caller>>[] =>
  operations.map((operation) => ({
    name: operation.name,
    title: operation.title,
    description: operation.description,
    input: operation.input,
    output: operation.output,
    effect: operation.effect,
    errors: operation.errors,
    example: operation.example,
    read: (given) => orchestrator.read(operation.name, given),
    call: (input, context) => operation.perform(orchestrator, input as never, orchestrator.caller(context)),
  }));
