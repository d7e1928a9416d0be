import type { OrchestrationEngine, OrchestrationErrorName } from '@multitask/orchestration';
import type { z } from 'zod';

/** What may be waited for: a task that can be claimed, or something that happens to a run. */
export type Awaited =
  | { readonly what: 'ready'; readonly kinds: readonly string[]; readonly namespace: string | undefined }
  | { readonly what: 'run'; readonly runId: string };

/** What operations work on. */
export interface Surroundings {
  readonly engine: OrchestrationEngine;
  /**
   * Resolves when it may have come, when the time is over, or when the signal aborts; may resolve early, so whoever waits looks
   * again. Throws when too many wait already.
   */
  wait(awaited: Awaited, ms: number, signal: AbortSignal): Promise<void>;
  /** Milliseconds that only grow, for measuring a wait. */
  elapsed(): number;
}

/** For whom something is done. */
export interface Caller {
  /** The only namespace this caller sees; undefined: all of them. */
  readonly namespace: string | undefined;
  /** Aborts when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
}

/** One thing that can be asked of the engine, whatever the way it is asked by. */
export interface Operation<I extends z.ZodType = z.ZodType, O extends z.ZodType = z.ZodType> {
  readonly name: string;
  readonly title: string;
  /** Written for whoever has to choose among all operations: a person or a model. */
  readonly description: string;
  readonly input: I;
  readonly output: O;
  /** `read` changes nothing; `repeat` changes nothing more when done again; `end` ends or removes something. */
  readonly effect: 'read' | 'write' | 'repeat' | 'end';
  /** Refusals beside `ValidationError`. */
  readonly errors: readonly OrchestrationErrorName[];
  readonly example: { readonly input: z.input<I>; readonly output: z.input<O> };
  perform(on: Surroundings, input: z.output<I>, caller: Caller): Promise<z.input<O>>;
}

/** Binds the types of an operation's schemas to what it does. */
export const operation = <I extends z.ZodType, O extends z.ZodType>(given: Operation<I, O>): Operation =>
  given as unknown as Operation;
