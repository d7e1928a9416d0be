import { problems, reference, toldAs, type Operation } from './operation';
import { readExamples } from './read.examples';

const id = {
  name: 'taskgroup_id',
  in: 'path',
  required: true,
  description: 'Id of the task group.',
  schema: { type: 'string', pattern: '^tgrp_[0-9a-f]{32}$' },
  example: readExamples.groupId,
};

const run = {
  name: 'run_id',
  in: 'path',
  required: true,
  description: 'Id of a run of the group, an earlier one of a retried row included.',
  schema: { type: 'string', pattern: '^trun_[0-9a-f]{32}$' },
  example: readExamples.runId,
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

const notModified = { '304': { description: 'Nothing changed since the ETag in If-None-Match.' } };
const nothingNew = {
  '204': {
    description:
      'A stream that was resumed behind its last event: the group is complete, and nothing is left to be told.',
  },
};

interface Reading {
  readonly parameters?: readonly object[];
  /** Beside those that every reading has. */
  readonly faults?: readonly number[];
  /** The form of failures, where the path itself asks for one. */
  readonly told?: 'text/html' | 'text/markdown';
  /** Answers that are neither the result nor a problem. */
  readonly also?: Readonly<Record<string, object>>;
}

const failures = (told: Reading['told'], ...statuses: number[]) =>
  told ? toldAs(told, problems(...statuses)) : problems(...statuses);

const read = (
  operationId: string,
  summary: string,
  description: string,
  content: object,
  { parameters = [], faults = [], also = notModified, told }: Reading = {},
): Operation => ({
  operationId,
  tags: ['read'],
  summary,
  description,
  security: [],
  parameters: [id, ...parameters],
  responses: { '200': { description: summary, content }, ...also, ...failures(told, ...faults, 404, 410, 503) },
});

const text = (mediaType: string, example: string) => ({ [mediaType]: { schema: { type: 'string' }, example } });
const json = {
  'application/json': { schema: reference('Result'), examples: { finished: { $ref: '#/components/examples/Result' } } },
};
const markdown = text('text/markdown', readExamples.markdown);
const htmlPage = text('text/html', '<!doctype html>');
const csv = text('text/csv', readExamples.csv);
const ndjson = text('application/x-ndjson', readExamples.ndjson);
const sqlite = {
  'application/vnd.sqlite3': {
    schema: { type: 'string', format: 'binary' },
    // A binary body has no example in JSON: this is how each of them begins.
    example: 'SQLite format 3\u0000…',
  },
};
const stream = text('text/event-stream', readExamples.stream);
/** One row: referred to like the group’s, for the same reason. */
const row = {
  'application/json': { schema: { type: 'object' }, examples: { finished: { $ref: '#/components/examples/Row' } } },
  ...text('text/markdown', readExamples.rowMarkdown),
  ...htmlPage,
  ...text('text/event-stream', readExamples.runStream),
};

const rowFormats =
  'By Accept, or with .json, .md, .html or .sse behind the id; .sse tells its present state, each later one, and closes.';

/** Reading is served by another service; it is described here because callers see one API. */
export const readOperations: Readonly<Record<string, { get: Operation }>> = {
  '/{taskgroup_id}': {
    get: read(
      'getResult',
      'Read a result in the format of Accept',
      'A page for browsers; application/json, text/markdown, text/event-stream, text/csv, application/x-ndjson and application/vnd.sqlite3 for others.',
      { ...json, ...markdown, ...htmlPage, ...stream, ...csv, ...ndjson, ...sqlite },
      { parameters: page, faults: [400, 406, 429], also: { ...nothingNew, ...notModified } },
    ),
  },
  '/{taskgroup_id}.json': {
    get: read('getResultJson', 'Read a result as JSON', 'Rows in input order, also while the group is running.', json, {
      parameters: page,
      faults: [400],
    }),
  },
  '/{taskgroup_id}.md': {
    get: read(
      'getResultMarkdown',
      'Read a result as a Markdown table',
      'Status, inputs and outputs with confidence as 🟢 🟡 🔴.',
      markdown,
      { faults: [400], told: 'text/markdown' },
    ),
  },
  '/{taskgroup_id}.html': {
    get: read('getResultPage', 'Read a result as a page', 'The table, which fills by itself.', htmlPage, {
      faults: [400],
      told: 'text/html',
    }),
  },
  '/{taskgroup_id}.csv': {
    get: read(
      'getResultCsv',
      'Read a result as CSV',
      'One line per row; a text that a spreadsheet would run as a formula has an apostrophe in front.',
      csv,
      {
        parameters: [
          {
            name: 'bom',
            in: 'query',
            description: 'Begin with a byte order mark, for Excel.',
            schema: { type: 'boolean', default: false },
          },
        ],
        faults: [400],
      },
    ),
  },
  '/{taskgroup_id}.ndjson': {
    get: read('getResultNdjson', 'Read a result as NDJSON', 'One object per row.', ndjson, { faults: [400] }),
  },
  '/{taskgroup_id}.sqlite': {
    get: read(
      'getResultSqlite',
      'Read a result as a SQLite file',
      'Tables details, runs, fields, basis and previous, and the view citations: all of the group as it is now.',
      sqlite,
      { faults: [400] },
    ),
  },
  '/{taskgroup_id}.db': {
    get: read(
      'openResultStudio',
      'Ask a result in SQL',
      'To a browser a page that opens the SQLite file and asks it in SQL, without a server; to others the file itself.',
      { ...sqlite, ...htmlPage },
      { faults: [400] },
    ),
  },
  '/{taskgroup_id}.sse': {
    get: read(
      'streamResult',
      'Follow a result live',
      'A snapshot and then every change as server-sent events; resumes by Last-Event-ID without gaps or repeats.',
      stream,
      {
        parameters: [
          { name: 'after', in: 'query', description: 'Resume after this event id.', schema: { type: 'string' } },
          {
            name: 'follow',
            in: 'query',
            description: 'Stay behind the completion, for rows that are appended or retried later.',
            schema: { type: 'boolean', default: false },
          },
        ],
        faults: [400, 429],
        also: nothingNew,
      },
    ),
  },
  '/{taskgroup_id}/runs/{run_id}': {
    get: read(
      'getRow',
      'Read one row in full',
      `Input, output, reasoning, sources, timing and error. ${rowFormats}`,
      row,
      { parameters: [run], faults: [406, 429], also: {} },
    ),
  },
  '/trun_{run_digits}': {
    get: {
      ...read(
        'getRun',
        'Read one row by its run alone',
        `The same for whoever has only a run’s id. ${rowFormats} A row that was retried is found by its newest run. Once its group has expired, nothing says any more that there was such a run: 404, where the group’s own paths answer 410.`,
        row,
      ),
      parameters: [
        {
          name: 'run_digits',
          in: 'path',
          required: true,
          description: 'What follows trun_ in the id of the run.',
          schema: { type: 'string', pattern: '^[0-9a-f]{32}$' },
          example: readExamples.runId.slice('trun_'.length),
        },
      ],
      responses: {
        '200': { description: 'Read one row by its run alone', content: row },
        ...problems(404, 406, 429, 503),
      },
    },
  },
  '/{taskgroup_id}/status': {
    get: read('getStatus', 'Read how far a group is', 'Under 1 KiB; made for polling.', {
      'application/json': { schema: reference('Status'), example: readExamples.status },
    }),
  },
};
