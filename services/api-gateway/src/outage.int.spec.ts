import { randomUUID } from 'node:crypto';
import type { CreateAnswer, RecordedEvent } from '@multitask/contracts';
import { eventually } from '@multitask/testing';
import { sql } from 'kysely';
import { launchGateway, type LaunchedGateway } from './testing/gateway.launcher';

const body = JSON.stringify({ inputs: ['a', 'b'], output_type: 'text', processor: 'lite' });

describe('a store that is away', () => {
  let gateway: LaunchedGateway;
  beforeAll(async () => {
    gateway = await launchGateway();
  });
  afterAll(() => gateway?.close());

  const create = (idempotencyKey: string) =>
    fetch(gateway.create, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json',
        'x-api-key': 'key',
        'idempotency-key': idempotencyKey,
      },
      body,
    });
  const outcomeOf = async (response: Response) => ({
    status: response.status,
    code: ((await response.json()) as { code?: string }).code,
    mayRepeat: response.headers.has('retry-after'),
  });
  const notReady = { status: 503, code: 'not_ready', mayRepeat: true };

  const creationsUpstream = async () =>
    (await gateway.upstreamRequests()).filter(({ method, path }) => method === 'POST' && path.endsWith('/groups'))
      .length;

  const namesIn = async (groupId: string): Promise<RecordedEvent['name'][]> => {
    const names: RecordedEvent['name'][] = [];
    for await (const entry of gateway.log.readGroup(groupId)) if (entry.kind === 'event') names.push(entry.event.name);
    return names;
  };

  const faults = (...list: object[]) =>
    fetch(`${gateway.emulator}/_emulator/faults`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ faults: list }),
    });

  /** Runs `cut` while the upstream is making the group, which takes it until that is done. */
  const createCutBy = async (idempotencyKey: string, cut: () => Promise<void> | void) => {
    await faults({ kind: 'hold', match: { endpoint: 'create_group' } });
    const pending = create(idempotencyKey);
    const open = () =>
      gateway.database
        .selectFrom('idempotency.requests')
        .select('id')
        .where('state', '=', 'in_progress')
        .where(sql<boolean>`steps ->> 'resolved' is not null`)
        .execute();
    await eventually(async () => (await open()).length === 1);
    await cut();
    await faults();
    return outcomeOf(await pending);
  };

  it('is answered 503 when it is the log, and the repeated create goes on from its upstream group', async () => {
    const key = randomUUID();
    expect(await createCutBy(key, () => gateway.natsServer.kill())).toEqual(notReady);
    await gateway.natsServer.restart();
    const response = await create(key);
    expect(response.status).toBe(201);
    const answer = (await response.json()) as CreateAnswer;
    expect(await namesIn(answer.taskgroup_id)).toEqual(['RowsAccepted', 'GroupCreated']);
    expect(await creationsUpstream()).toBe(1);
  });

  it('is answered 503 when it is the database, and the repeated create makes one group of ours', async () => {
    const key = randomUUID();
    const [upstreamBefore, { lastSeq }] = [await creationsUpstream(), await gateway.log.state()];
    expect(await createCutBy(key, () => gateway.databaseLine.cut())).toEqual(notReady);
    expect(await outcomeOf(await create(key))).toEqual(notReady);
    gateway.databaseLine.mend();
    // Nobody could say that the turn was over: whoever repeats at once is told to wait for its end.
    await sql`update idempotency.requests set locked_until = now() where state = 'in_progress'`.execute(
      gateway.database,
    );
    const response = await create(key);
    expect(response.status).toBe(201);
    const answer = (await response.json()) as CreateAnswer;
    expect(await (await create(key)).json()).toEqual(answer);
    expect(await namesIn(answer.taskgroup_id)).toEqual(['RowsAccepted', 'GroupCreated']);
    expect((await gateway.log.state()).lastSeq).toBe(lastSeq + 2);
    expect((await creationsUpstream()) - upstreamBefore).toBeLessThanOrEqual(2);
  });

  it('is answered 503 by lists and commands as well', async () => {
    const { taskgroup_id } = (await (await create(randomUUID())).json()) as CreateAnswer;
    const headers = { 'x-api-key': 'key', accept: 'application/json' };
    gateway.databaseLine.cut();
    try {
      expect(await outcomeOf(await fetch(gateway.create, { headers }))).toEqual(notReady);
      const cancel = fetch(`${gateway.create}/${taskgroup_id}/cancel`, { method: 'POST', headers });
      expect(await outcomeOf(await cancel)).toEqual(notReady);
    } finally {
      gateway.databaseLine.mend();
    }
  });
});
