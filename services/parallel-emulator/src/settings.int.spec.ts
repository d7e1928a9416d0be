import { launchEmulator, rows, type LaunchedEmulator } from './testing/launched-emulator';

let emulator: LaunchedEmulator;
afterEach(() => emulator.close());

/** A run that goes on for an hour. */
async function endlessRun(): Promise<{ group: string; run: string }> {
  const group = await emulator.newGroup();
  await emulator.faults({ kind: 'stall_runs', seconds: 3_600 });
  const { body } = await emulator.addRuns(group, rows(1));
  return { group, run: body.run_ids[0] };
}

describe('the longest', () => {
  // Without a cap each of these waits for the run.
  const patienceMs = 60_000;

  it(
    'stream of a group is EMULATOR_EVENTS_CAP_SECONDS',
    async () => {
      emulator = await launchEmulator({ EMULATOR_EVENTS_CAP_SECONDS: '0.3' });
      const { group } = await endlessRun();
      const { events, broken } = await emulator.stream(`/v1/tasks/groups/${group}/events`);
      expect(broken).toBe(false);
      expect(events[0].status).toMatchObject({ num_task_runs: 1, is_active: true });
    },
    patienceMs,
  );

  it(
    'stream of a run is EMULATOR_RUN_EVENTS_CAP_SECONDS',
    async () => {
      emulator = await launchEmulator({ EMULATOR_RUN_EVENTS_CAP_SECONDS: '0.3' });
      const { run } = await endlessRun();
      const { status, broken, events } = await emulator.stream(`/v1beta/tasks/runs/${run}/events`);
      expect([status, broken]).toEqual([200, false]);
      expect(events.filter(({ run: told }) => told && !told.is_active)).toEqual([]);
    },
    patienceMs,
  );

  it(
    'wait for a result is EMULATOR_RESULT_CAP_SECONDS, whatever the caller asks for',
    async () => {
      emulator = await launchEmulator({ EMULATOR_RESULT_CAP_SECONDS: '0.3' });
      const { run } = await endlessRun();
      expect((await emulator.call(`/v1/tasks/runs/${run}/result?timeout=3000`)).status).toBe(408);
    },
    patienceMs,
  );
});

describe('a bearer token', () => {
  const asked = async () => {
    const headers = { authorization: 'Bearer key-one' };
    return (await emulator.call('/v1/tasks/groups', { body: {}, key: null, headers })).status;
  };

  it('is a key', async () => {
    emulator = await launchEmulator();
    expect(await asked()).toBe(200);
  });

  it('is none with EMULATOR_BEARER=off', async () => {
    emulator = await launchEmulator({ EMULATOR_BEARER: 'off' });
    expect(await asked()).toBe(401);
    expect((await emulator.call('/v1/tasks/groups', { body: {} })).status).toBe(200);
  });
});

describe('the basis of a list', () => {
  const spec = {
    output_schema: {
      type: 'json',
      json_schema: {
        type: 'object',
        properties: { rivals: { type: 'array', items: { type: 'string' } } },
        required: ['rivals'],
        additionalProperties: false,
      },
    },
  };
  const elements = async (headers: Record<string, string> = {}) => {
    const group = await emulator.newGroup();
    const body = { inputs: rows(4), default_task_spec: spec };
    const { body: added } = await emulator.call(`/v1/tasks/groups/${group}/runs`, { body, headers });
    const fields: string[] = [];
    for (const run of added.run_ids) {
      const { output } = (await emulator.call(`/v1/tasks/runs/${run}/result`)).body;
      fields.push(...output.basis.map(({ field }: { field: string }) => field));
    }
    expect(fields).toContain('rivals');
    return fields.filter((field) => /^rivals\.\d+$/.test(field));
  };

  it('tells nothing of single elements unless the caller asks for it', async () => {
    emulator = await launchEmulator();
    expect(await elements()).toEqual([]);
    expect(await elements({ 'parallel-beta': 'field-basis-2025-11-25' })).toContain('rivals.0');
  });

  it('always does with EMULATOR_ELEMENT_BASIS=on', async () => {
    emulator = await launchEmulator({ EMULATOR_ELEMENT_BASIS: 'on' });
    expect(await elements()).toContain('rivals.0');
  });
});

describe('a ledger', () => {
  it('keeps EMULATOR_LEDGER_LIMIT entries; the oldest go first, ten thousand by ten thousand', async () => {
    emulator = await launchEmulator({ EMULATOR_LEDGER_LIMIT: '1000' });
    const group = await emulator.newGroup();
    const edge = async (query: string) => (await emulator.call(`/_emulator/ledger?${query}`)).body.entries[0];
    expect((await edge('limit=1')).id).toBe(1);
    for (let batch = 0; !(await edge('since=9999&limit=1')); batch++)
      await emulator.addRuns(group, rows(1_000, batch * 1_000));
    expect((await edge('limit=1')).id).toBe(9_001);
  });
});
