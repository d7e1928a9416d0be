import { problems, reference, type Operation } from './operation';

const id = {
  name: 'taskgroup_id',
  in: 'path',
  required: true,
  description: 'Id of the task group.',
  schema: { type: 'string', pattern: '^tgrp_[0-9a-f]{32}$' },
  example: 'tgrp_0123456789abcdef0123456789abcdef',
};

const status = {
  num_task_runs: 2,
  task_run_status_counts: { completed: 2 },
  is_active: false,
  status_message: 'All 2 rows are done.',
  modified_at: '2026-11-21T14:01:00.000Z',
  blocked: null,
};

const group = {
  taskgroup_id: id.example,
  status,
  generation: 1,
  created_at: '2026-11-21T14:00:00.000Z',
  completed_at: '2026-11-21T14:01:00.000Z',
  expires_at: '2026-12-21T14:01:00.000Z',
  upstream: 'parallel',
};

/** Once in the document and referred to: tools take a repeated `$id` for a schema’s name. */
export const resultExample = {
  ...group,
  title: 'Capitals',
  metadata: null,
  processor: 'lite',
  output_schema: null,
  warnings: [],
  results: [
    { $id: 'trun_0123456789abcdef0123456789abcdef', $status: 'completed', country: 'France', capital: 'Paris' },
  ],
  runs: [{ run_id: 'trun_0123456789abcdef0123456789abcdef', status: 'completed', error: null }],
  next_cursor: null,
};

const page = [
  { name: 'status', in: 'query', description: 'Only rows of this status.', schema: { type: 'string' } },
  { name: 'limit', in: 'query', description: 'At most so many rows.', schema: { type: 'integer', minimum: 1 } },
  { name: 'cursor', in: 'query', description: 'next_cursor of an earlier answer.', schema: { type: 'string' } },
  {
    name: 'fields',
    in: 'query',
    description: 'Only these fields of each row, comma-separated.',
    schema: { type: 'string' },
  },
  {
    name: 'basis',
    in: 'query',
    description: 'How much of the reasoning and its sources: all, none, field:<name> or row:<n>.',
    schema: { type: 'string', default: 'all' },
  },
];

const read = (
  operationId: string,
  summary: string,
  description: string,
  content: object,
  parameters: object[] = [],
): Operation => ({
  operationId,
  tags: ['read'],
  summary,
  description,
  security: [],
  parameters: [id, ...parameters],
  responses: { '200': { description: summary, content }, ...problems(404, 410, 503) },
});

const text = (mediaType: string, example: string) => ({ [mediaType]: { schema: { type: 'string' }, example } });
const json = {
  'application/json': { schema: reference('Result'), examples: { finished: { $ref: '#/components/examples/Result' } } },
};
const markdown = text(
  'text/markdown',
  '# ✅ Capitals\n\n| status | country | capital |\n| --- | --- | --- |\n| ✅ | France | Paris 🟢 |\n',
);
const stream = text(
  'text/event-stream',
  'event: task_run.state\nid: 1-42\ndata: {"type":"task_run.state","event_id":"1-42"}\n\n',
);

/** Reading is served by another service; it is described here because callers see one API. */
export const readOperations: Readonly<Record<string, { get: Operation }>> = {
  '/{taskgroup_id}': {
    get: read(
      'getResult',
      'Read a result in the format of Accept',
      'A page for browsers; application/json, text/markdown, text/event-stream, text/csv and application/x-ndjson for others.',
      { ...json, ...markdown, ...stream, ...text('text/html', '<!doctype html>') },
      page,
    ),
  },
  '/{taskgroup_id}.json': {
    get: read(
      'getResultJson',
      'Read a result as JSON',
      'Rows in input order, also while the group is running.',
      json,
      page,
    ),
  },
  '/{taskgroup_id}.md': {
    get: read(
      'getResultMarkdown',
      'Read a result as a Markdown table',
      'Status, inputs and outputs with confidence as 🟢 🟡 🔴.',
      markdown,
    ),
  },
  '/{taskgroup_id}.csv': {
    get: read(
      'getResultCsv',
      'Read a result as CSV',
      'One line per row.',
      text('text/csv', '$id,$status,country,capital\r\n'),
    ),
  },
  '/{taskgroup_id}.ndjson': {
    get: read(
      'getResultNdjson',
      'Read a result as NDJSON',
      'One object per row.',
      text('application/x-ndjson', '{"$id":null,"$status":"queued"}\n'),
    ),
  },
  '/{taskgroup_id}.sse': {
    get: read(
      'streamResult',
      'Follow a result live',
      'A snapshot and then every change as server-sent events; resumes by Last-Event-ID without gaps or repeats.',
      stream,
      [{ name: 'after', in: 'query', description: 'Resume after this event id.', schema: { type: 'string' } }],
    ),
  },
  '/{taskgroup_id}/status': {
    get: read('getStatus', 'Read how far a group is', 'Under 1 KiB; made for polling.', {
      'application/json': { schema: reference('Status'), example: group },
    }),
  },
};
