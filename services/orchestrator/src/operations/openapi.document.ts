import { errorKinds, problemAnswer, type ErrorCode } from '@multitask/contracts';
import { operations, type Operation } from '@multitask/orchestration-operations';
import { z } from 'zod';
import { codeOf } from './operation.faults';

type Schema = Record<string, unknown>;

/** `$schema` may not stand inside a document that names its own dialect. */
function schemaOf(schema: z.ZodType, io: 'input' | 'output'): Schema {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { unrepresentable: 'any', io }) as Schema;
  return rest;
}

/** All operations as OpenAPI 3.1, made of the schemas that calls are checked with: for workers in any language. */
export function openApiDocument(origin: string): object {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Multitask orchestration',
      version: '0.1.0',
      summary: 'Durable runs, tasks, leases and context for workers in any language.',
      description:
        'A run has tasks; workers claim them, heartbeat while they work, and complete or fail them. What a worker leaves behind when it dies comes back by itself.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: origin }],
    security: [{ bearer: [] }],
    tags: [{ name: 'orchestration', description: 'With the token of the operator or of one namespace.' }],
    paths: Object.fromEntries(
      operations.map((operation) => [`/v1/orchestration/${operation.name}`, pathOf(operation)]),
    ),
    components: {
      schemas: { Problem: schemaOf(problemAnswer, 'output') },
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: 'A token that the operator gave out.' },
      },
    },
  };
}

const pathOf = (operation: Operation): object => ({
  post: {
    ...commonOf(operation, operation.name),
    ...(hasKey(operation) && { parameters: [idempotencyKey] }),
    requestBody: {
      required: true,
      content: {
        'application/json': { schema: schemaOf(operation.input, 'input'), example: operation.example.input },
      },
    },
  },
  ...(operation.effect === 'read' && {
    get: { ...commonOf(operation, `${operation.name}_by_url`), parameters: parametersOf(operation) },
  }),
});

const commonOf = (operation: Operation, operationId: string): object => ({
  operationId,
  tags: ['orchestration'],
  summary: operation.title,
  description: operation.description,
  responses: {
    '200': {
      description: operation.title,
      content: {
        'application/json': { schema: schemaOf(operation.output, 'output'), example: operation.example.output },
      },
    },
    ...failuresOf(operation),
  },
});

const hasKey = (operation: Operation): boolean =>
  'idempotencyKey' in ((schemaOf(operation.input, 'input').properties ?? {}) as object);

const idempotencyKey = {
  name: 'Idempotency-Key',
  in: 'header',
  description: 'The same as idempotencyKey in the body.',
  schema: { type: 'string', maxLength: 255 },
};

function parametersOf(operation: Operation): object[] {
  const { properties = {}, required = [] } = schemaOf(operation.input, 'input') as {
    properties?: Record<string, Schema>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, { description, ...schema }]) => ({
    name,
    in: 'query',
    ...(required.includes(name) && { required: true }),
    ...(description !== undefined && { description }),
    schema,
  }));
}

/** What may go wrong whatever is asked. */
const everywhere: readonly ErrorCode[] = [
  ...([
    'malformed_body',
    'invalid_field',
    'token_missing',
    'token_refused',
    'too_large',
    'unsupported_media_type',
  ] as const),
  ...(['rate_limited', 'internal', 'not_ready'] as const),
];

function failuresOf({ errors, name }: Operation): Record<string, object> {
  const byUrl = name === 'get_run' || name === 'get_task' ? (['record_not_found'] as const) : [];
  const codes = [...new Set([...everywhere, ...byUrl, ...errors.map((error) => codeOf[error])])];
  const statuses = [...new Set(codes.map((code) => errorKinds[code].status))].sort();
  return Object.fromEntries(
    statuses.map((status) => [String(status), failure(codes.filter((code) => errorKinds[code].status === status))]),
  );
}

function failure(codes: readonly ErrorCode[]): object {
  const [first] = codes as [ErrorCode];
  const { status, title, retryable } = errorKinds[first];
  const problem = {
    type: `urn:multitask:error:${first}`,
    title,
    status,
    detail: 'What is wrong.',
    code: first,
    retryable,
  };
  return {
    description: codes.map((code) => `\`${code}\`: ${errorKinds[code].title}.`).join(' '),
    content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' }, example: problem } },
  };
}
