import { problems, reference, type Operation } from './operation';

const groupId = 'tgrp_0123456789abcdef0123456789abcdef';
const url = `https://multitask.example/${groupId}`;

const id = {
  name: 'taskgroup_id',
  in: 'path',
  required: true,
  description: 'Id of the task group.',
  schema: { type: 'string', pattern: '^tgrp_[0-9a-f]{32}$' },
  example: groupId,
};
const idempotencyKey = { $ref: '#/components/parameters/IdempotencyKey' };
const cursor = {
  name: 'cursor',
  in: 'query',
  description: 'next_cursor of an earlier answer.',
  schema: { type: 'string' },
};

const json = (name: string, example: object) => ({
  'application/json': { schema: reference(name), example },
});

interface Command extends Pick<Operation, 'operationId' | 'summary' | 'description' | 'requestBody'> {
  readonly parameters?: readonly object[];
  readonly answers: Readonly<Record<string, { description: string; content: object }>>;
  readonly faults: readonly number[];
}

const command = ({ answers, faults, parameters = [], ...rest }: Command): Operation => ({
  ...rest,
  tags: ['owner'],
  parameters: [id, ...parameters],
  responses: { ...answers, ...problems(...[...faults, 401, 403, 404, 410, 429, 500, 502, 503].sort()) },
});

const estimate = { cost_usd: 0.005, usd_per_run: 0.005, seconds: { min: 10, max: 120 } };

const append = command({
  operationId: 'appendInputs',
  summary: 'Add rows to a task group',
  description:
    'The rows come behind the last one and start the next generation at once, also while the group is running. The group completes, and its webhook is sent, when the rows of all generations are done; a generation that is followed by another before it completed is not told on its own.',
  parameters: [idempotencyKey],
  requestBody: {
    required: true,
    content: {
      'application/json': {
        schema: reference('AppendRequest'),
        examples: {
          rows: {
            summary: 'Two rows, for at most 10 cents',
            value: { inputs: [{ country: 'Kenya' }, { country: 'Peru' }], max_cost_usd: 0.1 },
          },
        },
      },
      'text/csv': {
        schema: { type: 'string', description: 'The inputs; max_inputs and max_cost_usd are query parameters.' },
        example: 'country\nKenya\nPeru\n',
      },
      'application/x-ndjson': {
        schema: { type: 'string', description: 'The inputs; max_inputs and max_cost_usd are query parameters.' },
        example: '{"country":"Kenya"}\n{"country":"Peru"}\n',
      },
    },
  },
  answers: {
    '202': {
      description: 'The rows are in the group.',
      content: json('AppendAnswer', {
        url,
        taskgroup_id: groupId,
        generation: 2,
        num_inputs: 1,
        first_row: 2,
        warnings: [],
        estimate,
      }),
    },
  },
  faults: [400, 402, 408, 409, 413, 415, 422],
});

const retry = command({
  operationId: 'retryRows',
  summary: 'Run rows again that ended without a result',
  description:
    'Rows that failed, were rejected or cancelled, or need an action get new runs in the next generation; their earlier runs stay in runs[i].previous. A group that is blocked may be retried without any row: the key of this call is then tried at once.',
  parameters: [idempotencyKey],
  requestBody: {
    required: false,
    content: {
      'application/json': {
        schema: reference('RetryRequest'),
        examples: {
          all: { summary: 'All that ended without a result', value: {} },
          some: { summary: 'Two of them', value: { rows: [3, 17] } },
          resume: { summary: 'None: only a new key for a blocked group', value: { rows: [] } },
        },
      },
    },
  },
  answers: {
    '202': {
      description: 'The rows are queued again.',
      content: json('RetryAnswer', { url, taskgroup_id: groupId, generation: 2, num_rows: 1, rows: [3], estimate }),
    },
  },
  faults: [400, 402, 408, 409, 413, 422],
});

const cancel = command({
  operationId: 'cancelTaskGroup',
  summary: 'Buy nothing more for a task group',
  description:
    'Rows that are not bought never are. Runs that were bought go on and are charged, because the upstream cannot stop them. May be repeated without harm.',
  answers: {
    '200': {
      description: 'What is cancelled, and what goes on.',
      content: json('CancelAnswer', {
        url,
        taskgroup_id: groupId,
        generation: 1,
        cancelled: 2,
        going_on: 1,
        settled: 0,
        detail: '2 rows are cancelled and will not be bought. 1 row is bought before: it goes on.',
      }),
    },
  },
  faults: [],
});

const deletion = {
  taskgroup_id: groupId,
  deleted: true,
  detail:
    'The group and its results are deleted here. Runs that were bought go on at Parallel, which keeps its own copy.',
};

const remove = command({
  operationId: 'deleteTaskGroup',
  summary: 'Cancel a task group and forget it now',
  description: 'Afterwards its URL answers 410, and rows, results, log and keys are gone.',
  answers: {
    '200': { description: 'It is gone.', content: json('DeleteAnswer', deletion) },
    '202': {
      description: 'It is being deleted; its URL answers 410 shortly.',
      content: json('DeleteAnswer', { ...deletion, deleted: false }),
    },
  },
  faults: [],
});

const events = command({
  operationId: 'listEvents',
  summary: 'Read the log of a task group',
  description: 'Every event, oldest first, without secrets, inputs and outputs.',
  parameters: [
    cursor,
    {
      name: 'limit',
      in: 'query',
      description: 'At most so many events.',
      schema: { type: 'integer', minimum: 1, maximum: 100, default: 100 },
    },
  ],
  answers: {
    '200': {
      description: 'A page of events.',
      content: json('Events', {
        taskgroup_id: groupId,
        events: [
          {
            seq: 12,
            type: 'multitask.group.completed.v1',
            time: '2026-11-21T14:01:00.000Z',
            data: { generation: 1, counts: { completed: 2 } },
          },
        ],
        next_cursor: null,
      }),
    },
  },
  faults: [400],
});

const attempt = {
  attempt: 1,
  at: '2026-11-21T14:01:01.000Z',
  status: 204,
  error: null,
  delivered: true,
  next_try_at: null,
};

const webhook = command({
  operationId: 'listDeliveries',
  summary: 'See what became of the webhooks of a task group',
  description: 'Each completion with its attempts, newest first. Of the URL only scheme and host are shown.',
  parameters: [cursor],
  answers: {
    '200': {
      description: 'A page of completions.',
      content: json('Deliveries', {
        taskgroup_id: groupId,
        endpoint: 'https://example.com…',
        deliveries: [
          {
            webhook_id: `${groupId}.1`,
            generation: 1,
            completed_at: '2026-11-21T14:01:00.000Z',
            state: 'delivered',
            next_try_at: null,
            attempts: [attempt],
          },
        ],
        next_cursor: null,
      }),
    },
  },
  faults: [400],
});

const redeliver = command({
  operationId: 'redeliverWebhook',
  summary: 'Send a webhook again',
  description: 'Under the same webhook-id and with the same body, with three days of attempts from now on.',
  requestBody: {
    required: false,
    content: {
      'application/json': {
        schema: reference('RedeliverRequest'),
        examples: {
          last: { summary: 'The last completion', value: {} },
          first: { summary: 'The first', value: { generation: 1 } },
        },
      },
    },
  },
  answers: {
    '202': {
      description: 'It is sent at once.',
      content: json('RedeliverAnswer', { taskgroup_id: groupId, generation: 1, webhook_id: `${groupId}.1` }),
    },
  },
  faults: [400, 408, 409, 413],
});

const group = '/v1beta/tasks/multitask/{taskgroup_id}';

/** What needs the owner’s key. */
export const commandOperations: Readonly<Record<string, Readonly<Record<string, Operation>>>> = {
  [`${group}/runs`]: { post: append },
  [`${group}/retry`]: { post: retry },
  [`${group}/cancel`]: { post: cancel },
  [group]: { delete: remove },
  [`${group}/events`]: { get: events },
  [`${group}/webhook`]: { get: webhook },
  [`${group}/webhook/redeliver`]: { post: redeliver },
};
