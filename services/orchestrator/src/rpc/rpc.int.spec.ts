import { ClientProxyFactory, Transport, type ClientProxy } from '@nestjs/microservices';
import { requestSubjects, type OrchestrationReply } from '@multitask/contracts';
import { firstValueFrom } from 'rxjs';
import { openHouse, type House, type Replica } from '../testing/orchestrator.house';

let house: House;
let replica: Replica;
let client: ClientProxy;
beforeAll(async () => {
  house = await openHouse();
  replica = await house.start();
  client = ClientProxyFactory.create({ transport: Transport.NATS, options: { servers: [house.nats.url] } });
});
afterAll(async () => {
  await client?.close();
  await house?.close();
});

const ask = (payload: unknown): Promise<any> =>
  firstValueFrom(client.send<OrchestrationReply>(requestSubjects.orchestrate, payload));

describe('our other services', () => {
  it('use the engine for the namespace of whoever asked them', async () => {
    const made = await ask({ operation: 'create_run', input: {}, namespace: 'red' });
    expect(made).toMatchObject({ ok: true, output: { run: { namespace: 'red' } } });
    const { id } = made.output.run;
    expect((await replica.call('get_run', { runId: id }, 'red')).run.id).toBe(id);
    expect(await ask({ operation: 'get_run', input: { runId: id }, namespace: 'blue' })).toEqual({
      ok: true,
      output: { run: null },
    });
    expect(await ask({ operation: 'get_run', input: { runId: id }, namespace: null })).toMatchObject({
      output: { run: { id } },
    });
  });

  it('are told where an answer is larger than a message', async () => {
    const { run } = await replica.call('create_run', {});
    for (let i = 0; i < 5; i++)
      await replica.call('enqueue_task', { runId: run.id, kind: 'large', input: 'x'.repeat(250_000) });
    const listed = (limit: number) =>
      ask({ operation: 'list_run_tasks', input: { runId: run.id, limit }, namespace: null });
    expect(await listed(5)).toMatchObject({ ok: false, problem: { code: 'too_large', field: 'limit' } });
    expect((await listed(2)).output.tasks).toHaveLength(2);
  });

  it.each([
    ['no namespace at all', { operation: 'get_run', input: { runId: 'r' } }, 'invalid_field', 'namespace'],
    ['an unknown operation', { operation: 'drop', input: {}, namespace: null }, 'invalid_field', 'operation'],
    ['a wrong input', { operation: 'get_run', input: { runId: 7 }, namespace: null }, 'invalid_field', 'runId'],
    ['no object', 'hello', 'invalid_field', ''],
    ['an unknown run', { operation: 'seal_run', input: { runId: 'r' }, namespace: 'red' }, 'record_not_found', 'runId'],
  ])('are told what is wrong with %s', async (_, payload, code, field) => {
    expect(await ask(payload)).toMatchObject({ ok: false, problem: { code, field } });
  });
});
