import { z } from 'zod';
import { checkArguments } from './arguments';
import { asNamedError, NamedError } from './named.error';
import { annotationsOf, type Tool, type ToolAnnotations } from './tool';

type JsonSchema = Record<string, unknown>;

/** A tool as clients see it in a list. */
export interface AdvertisedTool {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly inputSchema: JsonSchema & { type: 'object' };
  readonly outputSchema: JsonSchema & { type: 'object' };
  readonly annotations: ToolAnnotations & { readonly title: string };
}

/** As MCP has it. The text says the same as the structured content, for clients that know no other. */
export interface ToolResult {
  readonly content: readonly { readonly type: 'text'; readonly text: string }[];
  readonly structuredContent?: Record<string, unknown>;
  readonly isError?: boolean;
  /** Of a refusal: what programs match on, and the argument at fault. */
  readonly _meta?: { readonly error: { readonly code: string; readonly field?: string } };
}

export interface RegistryOptions {
  /** Told of what nobody was meant to see: the caller only learns that something failed. */
  readonly onFault?: (error: unknown, tool: string) => void;
}

/** Tools by name, without any protocol: checks arguments, calls, and turns named errors into results. */
export class ToolRegistry<Context> {
  readonly tools: readonly Tool<Context>[];
  private readonly byName: ReadonlyMap<string, Tool<Context>>;
  private advertised: readonly AdvertisedTool[] | undefined;

  constructor(
    tools: readonly Tool<Context>[],
    private readonly options: RegistryOptions = {},
  ) {
    this.tools = [...tools].sort((a, b) => (a.name < b.name ? -1 : 1));
    this.byName = new Map(tools.map((tool) => [tool.name, tool]));
    if (this.byName.size !== tools.length) throw new Error('Two tools have the same name.');
  }

  /** In the order of their names, always the same. */
  list(): readonly AdvertisedTool[] {
    this.advertised ??= this.tools.map((tool) => ({
      name: tool.name,
      title: tool.title,
      description: tool.description,
      inputSchema: inputSchema(tool.input),
      outputSchema: envelope(tool.output),
      annotations: { title: tool.title, ...annotationsOf(tool.effect) },
    }));
    return this.advertised;
  }

  has(name: string): boolean {
    return this.byName.has(name);
  }

  /** The tool's answer. Throws `NamedError`, and whatever else goes wrong. */
  async call(name: string, given: unknown, context: Context): Promise<unknown> {
    const tool = this.byName.get(name);
    if (!tool) throw new NamedError('RecordNotFoundError', 'There is no such tool.', 'name');
    const input = tool.read ? tool.read(given ?? {}) : checkArguments(tool.input, given);
    return tool.call(input, context);
  }

  /** Never throws. */
  async result(name: string, given: unknown, context: Context): Promise<ToolResult> {
    try {
      const answer = (await this.call(name, given, context)) as Record<string, unknown>;
      return { content: [{ type: 'text', text: JSON.stringify(answer) }], structuredContent: answer };
    } catch (error) {
      return this.refused(error, name);
    }
  }

  private refused(error: unknown, name: string): ToolResult {
    const known = new Set(['ValidationError', ...(this.byName.get(name)?.errors ?? [])]);
    const told = asNamedError(error, known);
    if (!told) this.options.onFault?.(error, name);
    const {
      name: code,
      message,
      field,
    } = told ?? new NamedError('InternalError', 'Something failed here. Nothing is known to be wrong with the call.');
    return {
      content: [{ type: 'text', text: `${code}: ${message}` }],
      isError: true,
      _meta: { error: { code, ...(field !== undefined && { field }) } },
    };
  }
}

function inputSchema(schema: z.ZodType): AdvertisedTool['inputSchema'] {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as JsonSchema;
  return { ...without(rest, ['pattern', 'minLength', 'maxLength', 'default']), type: 'object' } as never;
}

/** The names of an answer's parts and which of them are always there: a list of all tools is read by models, and paid for. */
function envelope(schema: z.ZodType): AdvertisedTool['outputSchema'] {
  const { properties = {}, required = [] } = z.toJSONSchema(schema, { unrepresentable: 'any' }) as {
    properties?: Record<string, JsonSchema>;
    required?: string[];
  };
  const parts = Object.entries(properties).map(([name, part]) => [name, typesOf(part)]);
  return { type: 'object', properties: Object.fromEntries(parts), required };
}

function typesOf({ type, anyOf }: JsonSchema): JsonSchema {
  const types = [type, ...((anyOf as JsonSchema[] | undefined) ?? []).map((one) => one.type)].flat();
  const named = types.filter((one) => one !== undefined);
  return named.length === 0 ? {} : { type: named.length === 1 ? named[0] : named };
}

/** Limits that a model does not choose by; what breaks them is refused by name all the same. */
function without<T>(schema: T, keywords: readonly string[]): T {
  if (Array.isArray(schema)) return schema.map((one) => without(one, keywords)) as T;
  if (schema === null || typeof schema !== 'object') return schema;
  return Object.fromEntries(
    Object.entries(schema).flatMap(([key, value]) =>
      keywords.includes(key) && typeof value !== 'object' ? [] : [[key, without(value, keywords)]],
    ),
  ) as T;
}
