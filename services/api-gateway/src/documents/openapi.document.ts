import {
  appendAnswer,
  appendRequest,
  cancelAnswer,
  createAnswer,
  createRequest,
  deleteAnswer,
  dryRunAnswer,
  eventsAnswer,
  followRequest,
  groupListAnswer,
  limitsAnswer,
  problemAnswer,
  redeliverAnswer,
  redeliverRequest,
  resultAnswer,
  retryAnswer,
  retryRequest,
  statusAnswer,
  webhookAnswer,
} from '@multitask/contracts';
import { z } from 'zod';
import { commandOperations } from './command.operations';
import { createOperation, createParameters } from './create.operation';
import { hookOperation } from './hook.operation';
import { problems, reference, type Operation } from './operation';
import { readExamples } from './read.examples';
import { readOperations } from './read.operations';

const schemas = {
  CreateRequest: createRequest,
  FollowRequest: followRequest,
  CreateAnswer: createAnswer,
  DryRunAnswer: dryRunAnswer,
  GroupList: groupListAnswer,
  Limits: limitsAnswer,
  AppendRequest: appendRequest,
  AppendAnswer: appendAnswer,
  RetryRequest: retryRequest,
  RetryAnswer: retryAnswer,
  CancelAnswer: cancelAnswer,
  DeleteAnswer: deleteAnswer,
  Events: eventsAnswer,
  Deliveries: webhookAnswer,
  RedeliverRequest: redeliverRequest,
  RedeliverAnswer: redeliverAnswer,
  Result: resultAnswer,
  Status: statusAnswer,
  Problem: problemAnswer,
};

/**
 * The whole HTTP surface as OpenAPI 3.1, made of the same schemas that check requests. Written for generators and models: every
 * operation has an id, a summary and examples.
 */
export function openApiDocument(origin: string): object {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Multitask',
      version: '0.1.0',
      summary: 'A whole Parallel task group in one call.',
      description:
        'Send inputs and say what you want to know about each. The answer is one URL that shows the results live, as page, JSON, Markdown, CSV, NDJSON or event stream.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: origin }],
    security: [{ apiKey: [] }, { bearer: [] }],
    tags: [
      { name: 'create', description: 'Start task groups.' },
      { name: 'owner', description: 'Change a task group, or see what only its owner may: with its key.' },
      { name: 'upstream', description: 'What Parallel sends.' },
      { name: 'read', description: 'Read results. Whoever knows the URL may read; no key is needed.' },
    ],
    paths: {
      '/v1beta/tasks/multitask': { post: createOperation, get: listOperation },
      '/v1beta/tasks/multitask/limits': { get: limitsOperation },
      ...commandOperations,
      '/webhook': { post: hookOperation },
      ...readOperations,
    },
    components: {
      schemas: Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, jsonSchemaOf(schema)])),
      parameters: createParameters,
      // Once in the document and referred to: tools take a repeated `$id` for a schema’s name.
      examples: {
        Result: { summary: 'A finished group of one row', value: readExamples.result },
        Row: { summary: 'A completed row', value: readExamples.row },
      },
      securitySchemes: {
        apiKey: { type: 'apiKey', in: 'header', name: 'x-api-key', description: 'Your Parallel API key.' },
        bearer: { type: 'http', scheme: 'bearer', description: 'The same key as a bearer token.' },
      },
    },
  };
}

/** `$schema` may not stand inside a document that names its own dialect. */
function jsonSchemaOf(schema: z.ZodType): object {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { unrepresentable: 'any', io: 'input' });
  return rest;
}

const listOperation: Operation = {
  operationId: 'listTaskGroups',
  tags: ['create'],
  summary: 'List my task groups',
  description: 'The groups that were created with this key, newest first, 50 at a time.',
  parameters: [
    {
      name: 'cursor',
      in: 'query',
      description: 'next_cursor of an earlier answer.',
      schema: { type: 'string' },
    },
  ],
  responses: {
    '200': {
      description: 'A page of groups.',
      content: {
        'application/json': {
          schema: reference('GroupList'),
          example: {
            groups: [
              {
                taskgroup_id: 'tgrp_0123456789abcdef0123456789abcdef',
                url: 'https://multitask.example/tgrp_0123456789abcdef0123456789abcdef',
                title: 'Capitals',
                processor: 'lite',
                num_inputs: 2,
                is_active: false,
                status_counts: { completed: 2 },
                created_at: '2026-11-21T14:00:00.000Z',
                expires_at: '2026-12-21T14:01:00.000Z',
              },
            ],
            next_cursor: null,
          },
        },
      },
    },
    ...problems(400, 401, 429, 500, 503),
  },
};

const limitsOperation: Operation = {
  operationId: 'getLimits',
  tags: ['create'],
  summary: 'Processors, prices and limits',
  description: 'What a form, a command line or an agent needs to know before it creates a group.',
  security: [],
  responses: {
    '200': {
      description: 'Processors with prices, limits, and whether the upstream is Parallel or its emulator.',
      content: {
        'application/json': {
          schema: reference('Limits'),
          example: {
            upstream: 'parallel',
            key_required: true,
            processors: [{ name: 'lite', usd_per_run: 0.005, latency_seconds: { min: 10, max: 120 }, max_fields: 2 }],
            limits: {
              body_bytes: 33_554_432,
              inputs_bytes: 268_435_456,
              rows: 100_000,
              spec_characters: 15_000,
              spec_and_input_characters: 25_000,
              ttl_days: { default: 30, min: 1, max: 90 },
              max_cost_usd: null,
              prefer_wait_seconds: 50,
              requests_per_minute: 600,
            },
            fields: ['inputs', 'output_type'],
          },
        },
      },
    },
    ...problems(429),
  },
};
