import { problems, reference, type Operation } from './operation';

const outputSchema = {
  type: 'object',
  properties: { capital: { type: 'string', description: 'Capital city' } },
  required: ['capital'],
  additionalProperties: false,
};

const answer = {
  url: 'https://multitask.example/tgrp_0123456789abcdef0123456789abcdef',
  taskgroup_id: 'tgrp_0123456789abcdef0123456789abcdef',
  num_inputs: 2,
  processor: 'lite',
  output_type: 'json',
  output_schema: outputSchema,
  title: 'Capitals',
  warnings: [],
  estimate: { cost_usd: 0.01, usd_per_run: 0.005, seconds: { min: 10, max: 120 } },
  expires_at: null,
  formats: Object.fromEntries(
    ['json', 'md', 'html', 'sse', 'csv', 'ndjson', 'sqlite', 'db']
      .map((format) => [format, `https://multitask.example/tgrp_0123456789abcdef0123456789abcdef.${format}`])
      .concat([['status', 'https://multitask.example/tgrp_0123456789abcdef0123456789abcdef/status']]),
  ),
};

export const createParameters = {
  DryRun: {
    name: 'dry_run',
    in: 'query',
    description: 'Answers what would be created, with its cost; nothing is created.',
    schema: { type: 'boolean', default: false },
  },
  IdempotencyKey: {
    name: 'Idempotency-Key',
    in: 'header',
    // Without an example of its own: the playground would send it with every request, and the second one is another.
    description:
      'The same key and body get the same answer for 24 hours, also after a crash or a lost answer. For instance capitals-2026-11-21.',
    schema: { type: 'string', maxLength: 255 },
  },
  Prefer: {
    name: 'Prefer',
    in: 'header',
    description:
      'wait=N delays the answer up to N seconds (at most 50); if all is done by then, it is the result itself. For instance wait=30.',
    schema: { type: 'string' },
  },
};

export const createOperation: Operation = {
  operationId: 'createTaskGroup',
  tags: ['create'],
  summary: 'Research every input in one call',
  description:
    'Creates a task group: every input is answered by a processor, as text or as JSON that follows a schema. A schema or a processor that is left out is suggested. Everything is checked before anything is created or bought. The answer is a URL that shows the results live; with Accept: application/json it is an object with the URL and all that was decided. With taskgroup_id instead of inputs, a group that exists at Parallel is followed: its runs become rows, nothing is bought, and asking again looks for runs that came to it since.',
  parameters: Object.keys(createParameters).map((name) => ({ $ref: `#/components/parameters/${name}` })),
  requestBody: {
    required: true,
    content: {
      'application/json': {
        schema: { oneOf: [reference('CreateRequest'), reference('FollowRequest')] },
        examples: {
          words: {
            summary: 'Objects, with the output described in words',
            value: {
              inputs: [{ country: 'France' }, { country: 'Japan' }],
              output_type: 'json',
              output_description: 'capital, currency and number of inhabitants',
              processor: 'lite',
            },
          },
          schema: {
            summary: 'Objects, with an output schema',
            value: { inputs: [{ country: 'France' }], output_schema: outputSchema, processor: 'lite' },
          },
          text: {
            summary: 'Texts in, texts out, and a webhook when all is done',
            value: {
              inputs: ['Who invented the zip?', 'Who invented the tin opener?'],
              output_type: 'text',
              webhook_url: 'https://example.com/hooks/multitask',
            },
          },
          url: {
            summary: 'Inputs at a URL',
            value: {
              inputs: 'https://example.com/companies.csv',
              output_type: 'json',
              output_description: 'headquarters and number of employees',
              max_cost_usd: 5,
            },
          },
          follow: {
            summary: 'A group that was made at Parallel: shown here, and nothing is bought',
            value: { taskgroup_id: 'tgrp_0123456789abcdef0123456789abcdef', title: 'Made elsewhere' },
          },
        },
      },
      'multipart/form-data': {
        schema: {
          type: 'object',
          properties: {
            spec: {
              type: 'string',
              description: 'The JSON body without inputs. Its fields may also be parts of their own.',
              contentMediaType: 'application/json',
            },
            inputs: { type: 'string', format: 'binary', description: 'A file of JSON, NDJSON or CSV.' },
          },
          required: ['inputs'],
        },
        example: { spec: '{"output_type": "text"}', inputs: 'company\nAcme\nUmbrella\n' },
      },
      'text/csv': {
        schema: { type: 'string', description: 'The inputs; the fields are query parameters.' },
        example: 'country\nFrance\nJapan\n',
      },
      'application/x-ndjson': {
        schema: { type: 'string', description: 'The inputs; the fields are query parameters.' },
        example: '{"country":"France"}\n{"country":"Japan"}\n',
      },
    },
  },
  responses: {
    '200': {
      description: 'What would be created (dry_run=true).',
      content: {
        'application/json': {
          schema: reference('DryRunAnswer'),
          example: {
            dry_run: true,
            num_inputs: 2,
            processor: 'lite',
            output_type: 'json',
            output_schema: outputSchema,
            title: null,
            warnings: [],
            estimate: answer.estimate,
            preview: [{ country: 'France' }, { country: 'Japan' }],
          },
        },
      },
    },
    '201': {
      description: 'Created. Results appear at the URL at once and row by row.',
      headers: {
        Location: { description: 'The URL of the result.', schema: { type: 'string' } },
        'Webhook-Secret': {
          description: 'The secret we made for your webhook; JSON answers have it as webhook_secret as well.',
          schema: { type: 'string' },
        },
      },
      content: {
        'text/plain': { schema: { type: 'string' }, example: `${answer.url}\n` },
        'application/json': { schema: reference('CreateAnswer'), example: answer },
      },
    },
    '303': {
      description:
        'Created, and told to a browser’s form: Location is the page. A browser that has to be shown a webhook secret gets 201 and a page with it instead.',
    },
    ...problems(400, 401, 402, 403, 404, 408, 409, 410, 413, 415, 422, 429, 500, 502, 503),
  },
};
