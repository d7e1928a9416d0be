import type { z } from 'zod';

/** What calling a tool does to the world: `repeat` changes nothing more when done again, `end` ends or removes something. */
export type Effect = 'read' | 'write' | 'repeat' | 'end';

/** One tool, whatever it is served over. `Context` is what the edge knows of the caller. */
export interface Tool<Context> {
  /** At most 64 characters of `A-Za-z0-9_-`: what every model's API takes. */
  readonly name: string;
  readonly title: string;
  /** For whoever has to choose among the tools. */
  readonly description: string;
  /** An object; keys that it does not name are refused. */
  readonly input: z.ZodType;
  readonly output: z.ZodType;
  readonly effect: Effect;
  /** Names of the errors it may answer with, beside `ValidationError`. */
  readonly errors: readonly string[];
  readonly example?: { readonly input: unknown };
  /** Instead of the registry's own check; throws `ValidationError`, which names the field. */
  read?(given: unknown): unknown;
  call(input: unknown, context: Context): Promise<unknown>;
}

/** Hints as MCP has them. None of these tools reaches out into the world beyond its own store. */
export interface ToolAnnotations {
  readonly readOnlyHint: boolean;
  readonly destructiveHint: boolean;
  readonly idempotentHint: boolean;
  readonly openWorldHint: boolean;
}

export const annotationsOf = (effect: Effect): ToolAnnotations => ({
  readOnlyHint: effect === 'read',
  destructiveHint: effect === 'end',
  idempotentHint: effect === 'read' || effect === 'repeat',
  openWorldHint: false,
});
