import Parallel, {
  APIError,
  AuthenticationError,
  NotFoundError,
  PermissionDeniedError,
  UnprocessableEntityError,
} from 'parallel-web';
import { launchEmulator, type LaunchedEmulator } from './testing/launched-emulator';

const task_spec = {
  output_schema: {
    type: 'json' as const,
    json_schema: {
      type: 'object',
      properties: { capital: { type: 'string' }, population: { type: ['integer', 'null'] } },
      required: ['capital', 'population'],
      additionalProperties: false,
    },
  },
};

describe('the official SDK against the emulator', () => {
  let emulator: LaunchedEmulator;
  let client: Parallel;

  beforeAll(async () => {
    emulator = await launchEmulator();
    client = new Parallel({ apiKey: 'sdk-key', baseURL: emulator.origin, maxRetries: 0 });
  });
  afterAll(() => emulator.close());

  it('takes a group through its whole life', async () => {
    const group = await client.taskGroup.create({ metadata: { purpose: 'test' } });
    expect(group).toMatchObject({ metadata: { purpose: 'test' }, status: { num_task_runs: 0, is_active: false } });

    const countries = ['France', 'Kenya', 'Peru', 'Japan'];
    const inputs = countries.map((country, i) => ({
      input: { country },
      processor: 'core',
      metadata: { k: String(i) },
    }));
    const added = await client.taskGroup.addRuns(group.taskgroup_id, {
      inputs,
      default_task_spec: task_spec,
      refresh_status: false,
    });
    expect(added).toMatchObject({
      run_cursor: null,
      event_cursor: null,
      status: { num_task_runs: 4, is_active: true },
    });
    expect(added.run_ids).toHaveLength(4);

    const ended = new Set<string>();
    let lastStatus: Parallel.TaskGroup.TaskGroupStatus | undefined;
    for await (const event of await client.taskGroup.events(group.taskgroup_id)) {
      if (event.type === 'task_group_status') lastStatus = event.status;
      if (event.type === 'task_run.state') ended.add(event.run.run_id);
    }
    expect(lastStatus).toMatchObject({ is_active: false, task_run_status_counts: { completed: 4 } });
    expect([...ended].toSorted()).toEqual(added.run_ids.toSorted());

    const capitals = new Map<string, unknown>();
    const options = { include_input: true, include_output: true };
    for await (const event of await client.taskGroup.getRuns(group.taskgroup_id, options)) {
      if (event.type !== 'task_run.state') throw new Error(event.type);
      const { country } = event.input!.input as { country: string };
      if (event.output?.type === 'json') capitals.set(country, event.output.content.capital);
    }
    expect(Object.fromEntries(capitals)).toEqual({ France: 'Paris', Kenya: 'Nairobi', Peru: 'Lima', Japan: 'Tokyo' });

    const again = await client.taskGroup.retrieve(group.taskgroup_id);
    expect(again.status).toMatchObject({ num_task_runs: 4, is_active: false });
    const run = await client.taskGroup.retrieveRun(added.run_ids[0]!, { taskgroup_id: group.taskgroup_id });
    expect(run).toMatchObject({ status: 'completed', taskgroup_id: group.taskgroup_id, metadata: { k: '0' } });
  });

  it('takes a single run through its whole life', async () => {
    const run = await client.taskRun.create({
      input: 'What is the capital of Norway?',
      processor: 'pro',
      enable_events: true,
    });
    expect(run).toMatchObject({ status: 'queued', is_active: true });
    const types = new Set<string>();
    for await (const event of await client.taskRun.events(run.run_id)) types.add(event.type);
    expect([...types]).toContain('task_run.progress_stats');
    expect([...types]).toContain('task_run.progress_msg.plan');
    const result = await client.taskRun.result(run.run_id, { timeout: 10 });
    expect(result).toMatchObject({ run: { status: 'completed', metadata: {} }, output: { type: 'json' } });
    expect(await client.taskRun.retrieve(run.run_id)).toMatchObject({ status: 'completed' });
  });

  it('meets the error classes it knows', async () => {
    const stranger = new Parallel({ apiKey: 'bad-key-1', baseURL: emulator.origin, maxRetries: 0 });
    await expect(stranger.taskGroup.create({})).rejects.toThrow(AuthenticationError);
    await expect(client.taskGroup.retrieve('tgrp_none')).rejects.toThrow(NotFoundError);
    await expect(client.taskRun.create({ input: 'x', processor: 'mega' })).rejects.toThrow(PermissionDeniedError);
    const metadata = { 'a key of more than sixteen': 'x' };
    await expect(client.taskRun.create({ input: 'x', processor: 'lite', metadata })).rejects.toThrow(
      UnprocessableEntityError,
    );
    const waiting = await client.taskRun.create({ input: 'x', processor: 'ultra8x' });
    const late = client.taskRun.result(waiting.run_id, { timeout: 0 });
    await expect(late).rejects.toThrow(APIError);
    await expect(late).rejects.toMatchObject({
      status: 408,
      error: { error: { message: expect.stringContaining('still active') } },
    });
  });

  it('makes three copies of a batch whose answers are lost, as the SDK does by default', async () => {
    const group = await client.taskGroup.create({});
    await emulator.faults({ kind: 'reset', when: 'after', match: { endpoint: 'add_runs', group: group.taskgroup_id } });
    const eager = new Parallel({ apiKey: 'sdk-key', baseURL: emulator.origin });
    const add = eager.taskGroup.addRuns(group.taskgroup_id, {
      inputs: [{ input: 'x', processor: 'lite', metadata: { k: '1' } }],
    });
    await expect(add).rejects.toThrow();
    await emulator.faults();
    const { body } = await emulator.call(`/_emulator/ledger/summary?group=${group.taskgroup_id}`);
    expect(body.runs_by_metadata).toEqual({ k: { '1': 3 } });
  });
});
