import { randomUUID } from 'node:crypto';
import { MultitaskError, type JsonObject, type RecordedEvent } from '@multitask/contracts';
import { connectNats, openJetStreamLog, type EventLog } from '@multitask/event-log';
import { createLogger } from '@multitask/platform';
import { openDatabase, type ReadModelDatabase } from '@multitask/read-model';
import { applyToView, emptyFold, planOutput } from '@multitask/task-group';
import { createTestDatabase, startTestNats } from '@multitask/testing';
import { MasterKeys, newMasterKey, PostgresSecretStore, Vault } from '@multitask/vault';
import { sql } from 'kysely';
import { acceptRows, type AcceptedRows } from '../inputs/accepted-rows';
import { CreateSweeper } from './create.sweeper';
import { CreateWorkflow, type Order } from './create.workflow';
import { GroupWriter } from './group.writer';
import { RequestRepository } from './request.repository';
import type { Upstream } from './upstream';

const logger = createLogger('test', { level: 'silent', format: 'json' });
const schema: JsonObject = {
  type: 'object',
  properties: { answer: { type: 'string' } },
  required: ['answer'],
  additionalProperties: false,
};

class FakeUpstream implements Upstream {
  readGroup = () => Promise.reject(new Error('not asked for'));

  readonly groups: string[] = [];
  suggestions = 0;

  suggest() {
    this.suggestions++;
    return Promise.resolve({
      output_schema: schema,
      title: 'Suggested',
      warnings: [{ type: 'schema_generalization', message: 'w' }],
    });
  }

  suggestProcessor() {
    return Promise.resolve(['base']);
  }

  createGroup() {
    const taskgroup_id = `tgrp_${randomUUID().replaceAll('-', '')}`;
    this.groups.push(taskgroup_id);
    return Promise.resolve({ taskgroup_id });
  }
}

/** A process that dies before or after the nth call of a method: from then on nothing it does reaches anybody. */
class Mortal {
  private dead = false;
  private readonly calls = new Map<string, number>();

  constructor(private readonly death: { method: string; nth?: number; when: 'before' | 'after' }) {}

  wrap<T extends object>(target: T): T {
    return new Proxy(target, {
      get: (object, name) => {
        const member = Reflect.get(object, name, object) as unknown;
        if (typeof member !== 'function') return member;
        return (...args: unknown[]) => {
          const call = () => (member as (...args: unknown[]) => unknown).apply(object, args);
          const result = this.dead ? Promise.reject(new Error('dead')) : this.around(String(name), call);
          return result;
        };
      },
    });
  }

  private around(name: string, call: () => unknown): unknown {
    if (name !== this.death.method) return call();
    const nth = (this.calls.get(name) ?? 0) + 1;
    this.calls.set(name, nth);
    if (nth !== (this.death.nth ?? 1)) return call();
    if (this.death.when === 'before') return this.die();
    return Promise.resolve(call()).then(() => this.die());
  }

  private die(): Promise<never> {
    this.dead = true;
    return Promise.reject(new Error('killed'));
  }
}

describe('a create request', () => {
  let nats: Awaited<ReturnType<typeof startTestNats>>;
  let database: Awaited<ReturnType<typeof createTestDatabase>>;
  let db: ReadModelDatabase;
  let log: EventLog;
  let vault: Vault;
  let rows: AcceptedRows;
  let connection: Awaited<ReturnType<typeof connectNats>>;
  beforeAll(async () => {
    [nats, database] = await Promise.all([startTestNats(), createTestDatabase()]);
    connection = await connectNats({ servers: nats.url, name: 'test', logger });
    log = await openJetStreamLog(connection, { replicas: 1, logger });
    db = openDatabase({ url: database.url, pool: 5, applicationName: 'test' });
    rows = await acceptRows([inputs], 10_000);
    vault = new Vault(new PostgresSecretStore(db), MasterKeys.parse(newMasterKey()));
  });
  afterAll(async () => {
    await rows?.dispose();
    await connection?.close();
    await db?.destroy();
    await Promise.all([nats?.stop(), database?.drop()]);
  });

  const workflowOf = (upstream: Upstream, mortal = new Mortal({ method: 'nobody', when: 'before' })) =>
    new CreateWorkflow({
      writer: new GroupWriter(mortal.wrap(log), largestAppend),
      requests: mortal.wrap(new RequestRepository(db)),
      vault: mortal.wrap(vault),
      upstream: mortal.wrap(upstream),
      logger,
      settings: { upstream: 'emulator', maxCostUsd: undefined },
    });

  /** Three chunks; written by two appends, because one takes no more than three events here. */
  const inputs = Array.from({ length: 4_500 }, (_, i) => ({ i }));
  const largestAppend = { events: 3, characters: 1_000_000 };

  const orderOf = (idempotencyKey: string | undefined, more: Partial<Order['spec']> = {}): Order => {
    const spec = {
      output_type: 'json' as const,
      output_description: 'an answer',
      webhook_url: 'https://hooks.example/x',
      mcp_servers: [{ name: 'docs', url: 'https://mcp.example', headers: { authorization: 'Bearer abc' } }],
      ...more,
    };
    return {
      spec,
      plan: planOutput(spec),
      inputs: { kind: 'rows', rows },
      rows,
      apiKey: 'key-one',
      origin: 'https://multitask.example',
      idempotencyKey,
    };
  };

  const eventsOf = async (groupId: string): Promise<RecordedEvent[]> => {
    const events: RecordedEvent[] = [];
    for await (const entry of log.readGroup(groupId)) if (entry.kind === 'event') events.push(entry.event);
    return events;
  };

  const rowsInLog = async (groupId: string): Promise<unknown[]> => {
    const fold = emptyFold(groupId);
    for (const event of await eventsOf(groupId)) applyToView(fold, event);
    return fold.view?.rows.map((row) => (row.input as { i: number }).i) ?? [];
  };

  const expireTurns = () => sql`update idempotency.requests set locked_until = now() - interval '1 second'`.execute(db);
  const secrets = () =>
    db
      .selectFrom('vault.secrets' as never)
      .selectAll()
      .execute() as Promise<{ subject: string | null }[]>;
  const requestRows = () =>
    db
      .selectFrom('idempotency.requests' as never)
      .selectAll()
      .execute() as Promise<object[]>;

  afterEach(async () => {
    await sql`truncate idempotency.requests`.execute(db);
    await sql`truncate vault.secrets`.execute(db);
  });

  it('is answered, its secrets are bound to the group, and nothing of them is in log or row', async () => {
    const answer = await workflowOf(new FakeUpstream()).create(orderOf('k'));
    expect(answer).toMatchObject({
      url: `https://multitask.example/${answer.taskgroup_id}`,
      num_inputs: 4_500,
      processor: 'base',
      output_schema: schema,
      title: 'Suggested',
      warnings: expect.arrayContaining([{ code: 'schema_generalization', message: 'w' }]),
      webhook_secret: expect.stringMatching(/^whsec_/),
    });
    expect(await rowsInLog(answer.taskgroup_id)).toEqual(inputs.map((row) => row.i));
    expect((await secrets()).map((secret) => secret.subject)).toEqual(Array(3).fill(answer.taskgroup_id));
    const everything = JSON.stringify([await requestRows(), (await eventsOf(answer.taskgroup_id)).at(-1)]);
    expect(everything).not.toMatch(/key-one|Bearer abc|hooks\.example/);
    expect(everything).not.toContain(answer.webhook_secret);
  });

  it.each<[string, { method: string; nth?: number; when: 'before' | 'after' }, number]>([
    ['after row and secrets are there', { method: 'claim', when: 'after' }, 1],
    ['in the suggestion', { method: 'suggest', when: 'before' }, 1],
    ['after the suggestion', { method: 'suggestProcessor', when: 'after' }, 1],
    ['before the suggestion is written down', { method: 'save', when: 'before' }, 1],
    ['before the upstream group', { method: 'createGroup', when: 'before' }, 1],
    ['after the upstream group, before its id is written down', { method: 'createGroup', when: 'after' }, 2],
    ['after the id is written down', { method: 'save', nth: 2, when: 'after' }, 1],
    ['before the rows', { method: 'append', when: 'before' }, 1],
    ['in the middle of the rows', { method: 'append', when: 'after' }, 1],
    ['after the group is in the log', { method: 'append', nth: 2, when: 'after' }, 1],
    ['before the secrets are bound', { method: 'bind', when: 'before' }, 1],
    ['after the secrets are bound', { method: 'bind', when: 'after' }, 1],
    ['after the answer is written down', { method: 'finish', when: 'after' }, 1],
  ])('whose process dies %s goes on when it is repeated: one group of ours', async (_, death, upstreamGroups) => {
    const upstream = new FakeUpstream();
    await expect(workflowOf(upstream, new Mortal(death)).create(orderOf('k'))).rejects.toThrow();
    await expireTurns();
    const answer = await workflowOf(upstream).create(orderOf('k'));
    expect(upstream.groups).toHaveLength(upstreamGroups);
    expect(answer.taskgroup_id).toBe(upstream.groups.at(-1));
    const names = (await eventsOf(answer.taskgroup_id)).map((event) => event.name);
    expect(names.filter((name) => name === 'GroupCreated')).toHaveLength(1);
    expect(await rowsInLog(answer.taskgroup_id)).toEqual(inputs.map((row) => row.i));
    expect((await secrets()).map((secret) => secret.subject)).toEqual(Array(3).fill(answer.taskgroup_id));

    const again = await workflowOf(upstream).create(orderOf('k'));
    expect(again).toEqual(answer);
    expect(upstream.groups).toHaveLength(upstreamGroups);
  });

  it('that nobody repeats is finished by the sweep when its group is in the log', async () => {
    const upstream = new FakeUpstream();
    const death = new Mortal({ method: 'bind', when: 'before' });
    await expect(workflowOf(upstream, death).create(orderOf(undefined))).rejects.toThrow();
    await expireTurns();
    await sweeper().sweep(0);
    expect((await secrets()).map((secret) => secret.subject)).toEqual(Array(3).fill(upstream.groups[0]));
    expect(await requestRows()).toEqual([expect.objectContaining({ state: 'done' })]);
  });

  it('that nobody repeats is kept a day, and then forgotten with its secrets', async () => {
    const death = new Mortal({ method: 'append', when: 'after' });
    await expect(workflowOf(new FakeUpstream(), death).create(orderOf('k'))).rejects.toThrow();
    await expireTurns();
    await sweeper().sweep(0);
    expect(await secrets()).toHaveLength(3);
    await sweeper(new Date(Date.now() + 25 * 3_600_000)).sweep(0);
    expect(await secrets()).toHaveLength(0);
    expect(await requestRows()).toEqual([]);
  });

  it('does not wait for another one that cannot be settled', async () => {
    const die = async (idempotencyKey: string): Promise<string> => {
      const upstream = new FakeUpstream();
      const death = new Mortal({ method: 'bind', when: 'before' });
      await expect(workflowOf(upstream, death).create(orderOf(idempotencyKey))).rejects.toThrow();
      return upstream.groups[0]!;
    };
    const [stuck, other] = [await die('stuck'), await die('other')];
    await expireTurns();
    const reading = new Proxy(log, {
      get: (object, name) =>
        name === 'readGroup'
          ? (groupId: string) => {
              if (groupId === stuck) throw new Error('unreadable');
              return object.readGroup(groupId);
            }
          : (Reflect.get(object, name, object) as unknown),
    });
    await sweeper(new Date(), reading).sweep(0);
    expect((await secrets()).map((secret) => secret.subject).filter(Boolean)).toEqual(Array(3).fill(other));
    await expireTurns();
    await sweeper().sweep(0);
    expect((await secrets()).map((secret) => secret.subject).sort()).toEqual(
      [...Array(3).fill(stuck), ...Array(3).fill(other)].sort(),
    );
  });

  it('loses none of its secrets to the sweep while its caller may come back, whatever the clock says', async () => {
    const id = await vault.seal('webhook', 'young');
    await sweeper(new Date(Date.now() + 25 * 3_600_000)).sweep(0);
    expect((await vault.open(id, 'webhook')).reveal()).toBe('young');
  });

  const sweeper = (now = new Date(), from = log) =>
    new CreateSweeper(new RequestRepository(db), new GroupWriter(from), vault, () => now, logger);

  it('leaves nothing when the upstream refuses the key', async () => {
    const upstream = new FakeUpstream();
    upstream.createGroup = () => Promise.reject(new MultitaskError('key_refused', 'no'));
    await expect(workflowOf(upstream).create(orderOf('k'))).rejects.toMatchObject({ code: 'key_refused' });
    expect(await secrets()).toEqual([]);
    expect(await requestRows()).toEqual([]);
  });

  it('leaves nothing when the suggested processor is too expensive', async () => {
    const upstream = new FakeUpstream();
    await expect(workflowOf(upstream).create(orderOf('k', { max_cost_usd: 44 }))).rejects.toMatchObject({
      code: 'cost_above_limit',
    });
    expect([upstream.groups, await secrets(), await requestRows()]).toEqual([[], [], []]);
  });

  it('has no group without a schema: a failed suggestion is an error', async () => {
    const upstream = new FakeUpstream();
    upstream.suggest = () => Promise.reject(new MultitaskError('upstream_failed', 'down'));
    await expect(workflowOf(upstream).create(orderOf('k'))).rejects.toMatchObject({
      code: 'upstream_failed',
      details: { field: 'output_description' },
    });
    expect([upstream.groups, await requestRows()]).toEqual([[], []]);
  });

  it('falls back to core, and says so, when no processor is suggested', async () => {
    const upstream = new FakeUpstream();
    upstream.suggestProcessor = () => Promise.reject(new MultitaskError('upstream_failed', 'down'));
    const answer = await workflowOf(upstream).create(orderOf(undefined));
    expect(answer.processor).toBe('core');
    expect(answer.warnings).toContainEqual(expect.objectContaining({ code: 'processor_fallback' }));
  });

  it('is refused when its key belongs to another body', async () => {
    await workflowOf(new FakeUpstream()).create(orderOf('k'));
    await expect(workflowOf(new FakeUpstream()).create(orderOf('k', { title: 'other' }))).rejects.toMatchObject({
      code: 'idempotency_key_reused',
    });
  });

  it('shares nothing with another account’s request of the same key', async () => {
    const one = await workflowOf(new FakeUpstream()).create(orderOf('k'));
    const two = await workflowOf(new FakeUpstream()).create({ ...orderOf('k'), apiKey: 'key-two' });
    expect(two.taskgroup_id).not.toBe(one.taskgroup_id);
  });

  it('waits for the same request in another process and gives its answer', async () => {
    const upstream = new FakeUpstream();
    const [a, b] = await Promise.all([
      workflowOf(upstream).create(orderOf('k')),
      workflowOf(upstream).create(orderOf('k')),
    ]);
    expect(a).toEqual(b);
    expect(upstream.groups).toHaveLength(1);
  });

  it('is answered by its repeat itself, once the process that began it has been silent for its turn', async () => {
    const upstream = new FakeUpstream();
    const death = new Mortal({ method: 'createGroup', when: 'after' });
    await expect(workflowOf(upstream, death).create(orderOf('k'))).rejects.toThrow();
    const answer = await workflowOf(upstream).create(orderOf('k'));
    expect((await eventsOf(answer.taskgroup_id)).map(({ name }) => name)).toContain('GroupCreated');
  });

  it('is told to come back when the other process takes long', async () => {
    const slow = new FakeUpstream();
    let release: () => void = () => undefined;
    const waiting = new Promise<void>((started) => {
      slow.createGroup = () =>
        new Promise((resolve) => {
          release = () => resolve({ taskgroup_id: `tgrp_${'a'.repeat(32)}` });
          started();
        });
    });
    const first = workflowOf(slow).create(orderOf('k'));
    await waiting;
    await expect(workflowOf(slow).create(orderOf('k'))).rejects.toMatchObject({
      code: 'request_in_progress',
      details: { retryAfter: expect.any(Number) },
    });
    release();
    await first;
  });

  it('stops when another process took its turn over', async () => {
    const slow = new FakeUpstream();
    let release: () => void = () => undefined;
    const waiting = new Promise<void>((started) => {
      slow.createGroup = () =>
        new Promise((resolve) => {
          release = () => resolve({ taskgroup_id: `tgrp_${'b'.repeat(32)}` });
          started();
        });
    });
    const frozen = workflowOf(slow).create(orderOf('k'));
    const outcome = expect(frozen).rejects.toMatchObject({ code: 'request_in_progress' });
    await waiting;
    await expireTurns();
    const answer = await workflowOf(new FakeUpstream()).create(orderOf('k'));
    release();
    await outcome;
    expect(await log.lastSeq(`tgrp_${'b'.repeat(32)}`)).toBe(0);
    expect((await workflowOf(slow).create(orderOf('k'))).taskgroup_id).toBe(answer.taskgroup_id);
  });
});
