import { flattenRow, applyToView, emptyFold, type GroupView } from '@multitask/task-group';
import { GroupStory, groupStories, jsonOutput, storyGroupId, storyRunId } from '@multitask/testing';
import fc from 'fast-check';
import { resultPage } from '../query/result-page';
import { parseResultQuery } from '../query/result-query';
import { jsonResult } from './result.json';

const viewOf = (story: GroupStory): GroupView => story.events.reduce(applyToView, emptyFold(story.groupId)).view!;
const answer = (view: GroupView, query: Record<string, string> = {}, eventId: string | null = 'log-9') =>
  JSON.parse([...jsonResult(resultPage(view, parseResultQuery(query), eventId))].join(''));

const basis = [
  { field: 'capital', reasoning: 'It says so.', confidence: 'high', citations: [{ url: 'https://example.com' }] },
  { field: 'mayors.0', reasoning: 'Maybe.', confidence: 'low' },
  { field: 'mayors.1', reasoning: 'Surely.', confidence: 'high' },
];

const threeRows = () =>
  new GroupStory()
    .created([{ country: 'France' }, { country: 'Japan' }, { country: 'Kenya' }, { country: 'Peru' }])
    .bought([0, 1])
    .reported(0, 'completed', { output: jsonOutput({ capital: 'Paris', country: 'FR', mayors: ['a', 'b'] }, basis) })
    .reported(1, 'failed', { error: 'No sources.' })
    .rejected(2, 'The row is too long.');

describe('a .json answer', () => {
  it('has the shape that clients rely on', () => {
    const view = viewOf(threeRows());
    expect(answer(view)).toEqual({
      taskgroup_id: storyGroupId,
      title: null,
      metadata: null,
      status: {
        num_task_runs: 4,
        task_run_status_counts: { queued: 1, completed: 1, failed: 1, rejected: 1 },
        is_active: true,
        status_message: '3 of 4 rows done.',
        modified_at: view.modifiedAt,
        blocked: null,
      },
      created_at: view.createdAt,
      completed_at: null,
      expires_at: null,
      generation: 1,
      processor: 'lite',
      output_schema: null,
      cost: { spent_usd: 0.005, estimated_total_usd: 0.01 },
      upstream: 'parallel',
      warnings: [],
      event_id: 'log-9',
      next_cursor: null,
      results: [
        {
          $id: storyRunId(0),
          $status: 'completed',
          country: 'FR',
          capital: 'Paris',
          mayors: ['a', 'b'],
          $input: { country: 'France' },
        },
        { $id: storyRunId(1), $status: 'failed', country: 'Japan' },
        { $id: null, $status: 'rejected', country: 'Kenya' },
        { $id: null, $status: 'queued', country: 'Peru' },
      ],
      runs: [
        expect.objectContaining({
          run_id: storyRunId(0),
          row: 0,
          attempt: 1,
          status: 'completed',
          is_active: false,
          error: null,
          output_type: 'json',
          confidence: { capital: 'high', mayors: 'low' },
          basis,
          previous: [],
        }),
        expect.objectContaining({ run_id: storyRunId(1), error: { message: 'No sources.', ref_id: 'ref' }, basis: [] }),
        expect.objectContaining({
          run_id: null,
          status: 'rejected',
          error: { code: 'row_too_large', message: 'The row is too long.' },
        }),
        expect.objectContaining({ run_id: null, status: 'queued', is_active: true, error: null }),
      ],
    });
  });

  it('says why a group is blocked and when the next try is', () => {
    expect(answer(viewOf(threeRows().blocked('credit'))).status.blocked).toEqual({
      reason: 'credit',
      message: 'Add credit.',
      next_try_at: expect.stringMatching(/^2026-/),
    });
  });

  it('tells of runs that are no row', () => {
    const story = threeRows();
    story.record({ name: 'SurplusRunSeen', data: { run_id: 'trun_x', reason: 'duplicate' } });
    expect(answer(viewOf(story)).warnings).toEqual([{ code: 'surplus_runs', message: expect.any(String) }]);
  });

  it('keeps a row’s earlier runs', () => {
    const story = new GroupStory().created(['a']).bought([0]).reported(0, 'failed', { error: 'x' }).completed();
    const [run] = answer(viewOf(story.retried(0).bought([0], 2))).runs;
    expect(run).toMatchObject({ run_id: storyRunId(0, 2), attempt: 2, status: 'queued' });
    expect(run.previous).toMatchObject([{ run_id: storyRunId(0, 1), status: 'failed', error: { message: 'x' } }]);
  });

  it('has no price for a processor nobody knows', () => {
    const spec = { processor: 'new-one', output: { type: 'auto' as const }, ttl_days: 30 };
    const { cost } = answer(viewOf(new GroupStory().created(['a'], { spec })));
    expect(cost).toEqual({ spent_usd: null, estimated_total_usd: null });
  });

  it.each<[Record<string, string>, (string | null)[], string | null]>([
    [{ status: 'completed' }, ['FR'], null],
    [{ status: 'failed,rejected' }, ['Japan', 'Kenya'], null],
    [{ limit: '2' }, ['FR', 'Japan'], 'r2'],
    [{ limit: '2', cursor: 'r2' }, ['Kenya', 'Peru'], null],
    [{ limit: '1', status: 'queued' }, ['Peru'], null],
    [{ limit: '1', status: 'completed' }, ['FR'], 'r1'],
    [{ cursor: 'r9' }, [], null],
  ])('to %j shows those rows', (query, countries, next) => {
    const body = answer(viewOf(threeRows()), query);
    expect(body.results.map((row: { country: string }) => row.country)).toEqual(countries);
    expect(body.runs).toHaveLength(countries.length);
    expect(body.next_cursor).toBe(next);
  });

  it('with a view that holds one page alone goes on by the header', () => {
    const whole = viewOf(threeRows());
    const page = { ...whole, rows: whole.rows.slice(1, 3) };
    const query = parseResultQuery({ limit: '2', cursor: 'r1' });
    expect(resultPage(page, query)).toMatchObject({ nextCursor: 'r3', rows: [{ row: 1 }, { row: 2 }] });
  });

  it.each<[string, string[]]>([
    ['all', ['capital', 'mayors.0', 'mayors.1']],
    ['none', []],
    ['field:mayors', ['mayors.0', 'mayors.1']],
    ['field:capital', ['capital']],
    ['row:0', ['capital', 'mayors.0', 'mayors.1']],
    ['row:1', []],
  ])('with basis=%s has that basis', (basisChoice, fields) => {
    const [run] = answer(viewOf(threeRows()), { basis: basisChoice }).runs;
    expect(run.basis.map((entry: { field: string }) => entry.field)).toEqual(fields);
  });

  it('with fields has those and the two of ours', () => {
    const [row, , third] = answer(viewOf(threeRows()), { fields: 'capital,nothing' }).results;
    expect(row).toEqual({ $id: storyRunId(0), $status: 'completed', capital: 'Paris' });
    expect(third).toEqual({ $id: null, $status: 'rejected' });
  });

  it('parses back to the rows, whatever is in them', () => {
    fc.assert(
      fc.property(groupStories, (story) => {
        const view = viewOf(story);
        const body = answer(view);
        expect(JSON.stringify(body.results)).toBe(JSON.stringify(view.rows.map(flattenRow)));
        expect(body.runs.map((run: { run_id: unknown }) => run.run_id)).toEqual(view.rows.map((row) => row.runId));
        const counts = Object.values(body.status.task_run_status_counts as Record<string, number>);
        expect(counts.reduce((sum, count) => sum + count, 0)).toBe(body.status.num_task_runs);
      }),
    );
  });

  it('comes in pieces, so that no answer stands in memory whole', () => {
    const rows = Array.from({ length: 2_000 }, (_, i) => ({ text: `${i} `.repeat(100) }));
    const pieces = [...jsonResult(resultPage(viewOf(new GroupStory().created(rows))))];
    expect(pieces.length).toBeGreaterThan(10);
    expect(Math.max(...pieces.map((piece) => piece.length))).toBeLessThan(100_000);
  });
});
