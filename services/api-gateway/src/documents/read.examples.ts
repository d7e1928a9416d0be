const groupId = 'tgrp_0123456789abcdef0123456789abcdef';
const runId = 'trun_00000000000000010000000000000000';

/** The row’s own example is of another run: tools take a `$id` that comes twice for the name of a schema. */
const rowRunId = 'trun_00000000000000010000000000000001';
const ofAnotherRun = (text: string): string => text.replaceAll(runId, rowRunId);

const group = {
  taskgroup_id: groupId,
  status: {
    num_task_runs: 1,
    task_run_status_counts: { completed: 1 },
    is_active: false,
    status_message: 'The row is done.',
    modified_at: '2026-11-21T12:00:05.000Z',
    blocked: null,
  },
  generation: 1,
  created_at: '2026-11-21T12:00:02.000Z',
  completed_at: '2026-11-21T12:00:05.000Z',
  expires_at: '2026-12-21T12:00:05.000Z',
  cost: { spent_usd: 0.005, estimated_total_usd: 0.005 },
  upstream: 'parallel',
};

const basis = [
  {
    field: 'capital',
    reasoning: 'The constitution names it.',
    confidence: 'high',
    citations: [
      { url: 'https://example.com/france', title: 'France', excerpts: ['The capital of the Republic is Paris.'] },
    ],
  },
];

const run = {
  run_id: runId,
  interaction_id: runId,
  status: 'completed',
  is_active: false,
  processor: 'lite',
  created_at: '2026-11-21T12:00:00.000Z',
  modified_at: '2026-11-21T12:00:03.000Z',
  metadata: null,
  taskgroup_id: groupId,
  warnings: null,
  error: null,
};

const output = { type: 'json', content: { capital: 'Paris' }, basis };
const result = { $id: runId, $status: 'completed', country: 'France', capital: 'Paris' };

/** One event of the log as frames: only the last of them has an id. */
const runFrame = { type: 'task_run.state', event_id: null, row: 0, attempt: 1, run };
const input = { input: { country: 'France' }, processor: 'lite' };
const eventId = 'mV3kq0aTzP1x-4';
const activeStatus = {
  ...group.status,
  is_active: true,
  status_message: '1 of 1 row done.',
  modified_at: '2026-11-21T12:00:04.000Z',
};

const runState = `event: task_run.state\ndata: ${JSON.stringify({ ...runFrame, input, output, result })}\n\n`;
const status = JSON.stringify({ type: 'task_group_status', event_id: eventId, status: activeStatus });

/** A finished group of one row in every format, as it is really sent. */
export const readExamples = {
  groupId,
  runId: rowRunId,
  status: group,
  result: {
    ...group,
    title: 'Capitals',
    metadata: null,
    processor: 'lite',
    output_schema: null,
    warnings: [],
    event_id: 'mV3kq0aTzP1x-5',
    next_cursor: null,
    results: [result],
    runs: [{ ...run, row: 0, attempt: 1, output_type: 'json', confidence: { capital: 'high' }, basis, previous: [] }],
  },
  markdown: `# ✅ 1/1 Capitals

The row is done. Processor lite. Cost so far $0.005. Kept until 2026-12-21. Live at https://multitask.example/${groupId}

| Status | country | capital |
| --- | --- | --- |
| ✅ completed | France | Paris 🟢 |
`,
  csv: `$id,$status,country,capital\r\n${runId},completed,France,Paris\r\n`,
  ndjson: `${JSON.stringify(result)}\n`,
  stream: `${runState}id: ${eventId}\nevent: task_group_status\ndata: ${status}\n\n`,
  row: JSON.parse(
    ofAnotherRun(
      JSON.stringify({
        taskgroup_id: groupId,
        row: 0,
        run,
        input: input.input,
        output,
        basis,
        timing: { created_at: run.created_at, modified_at: run.modified_at, seconds: 3 },
        error: null,
        result,
        previous: [],
        upstream: 'parallel',
      }),
    ),
  ) as object,
  rowMarkdown: `# ✅ Row 1: completed

Group https://multitask.example/${groupId}. Took 3 s

## Input

- **country**: France

## Output

- **capital** 🟢: Paris

## Basis

- **capital**: The constitution names it.
  - France: https://example.com/france
`,
  runStream: ofAnotherRun(`${runState}event: closed\ndata: {"type":"closed","event_id":null,"reason":"completed"}\n\n`),
};
