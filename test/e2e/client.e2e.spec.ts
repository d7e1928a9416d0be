import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { GroupView, MultitaskClient, verifyWebhook, type FlatRow, type StreamEvent } from '@multitask/client';
import { freePort } from '@multitask/local-infrastructure';
import { eventually } from '@multitask/testing';
import { startAnswerThief } from './answer.thief';
import { runCommand, startCommand } from './command.process';
import { ledgerSummary, purchases } from './emulator.ledger';
import { startStandalone, type Standalone } from './standalone.process';
import { isRunning, pidsOf } from './start.process';
import { cityRows, citySchema } from './task-group.client';
import { startWebhookSink } from './webhook.sink';

const examples = resolve(__dirname, '../../docs/examples/client');
const order = (rows: number) =>
  ({ inputs: cityRows(rows), output_type: 'json', output_schema: citySchema, processor: 'lite' }) as const;

describe('the client and the command against the whole product', () => {
  let house: Standalone;
  let client: MultitaskClient;
  let folder: string;

  beforeAll(async () => {
    house = await startStandalone({
      emulatorPort: await freePort(),
      args: ['--processes', '--allow-private-urls', '--emulator-speed', '60'],
      env: { EMULATOR_GROUP_CONCURRENCY: '8', INGEST_ROWS_PER_BATCH: '20' },
    });
    client = new MultitaskClient({ origin: house.origin });
    folder = join(house.dataDir, 'desk');
    await mkdir(folder);
  }, 180_000);
  afterAll(() => house?.stop());

  const faults = (...list: object[]) =>
    fetch(`${house.emulator}/_emulator/faults`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ faults: list }),
    });
  const all = async (rows: AsyncIterable<FlatRow>) => {
    const found: FlatRow[] = [];
    for await (const row of rows) found.push(row);
    return found;
  };
  const env = () => ({ MULTITASK_SERVER: house.origin });
  const command = (args: string[], input?: string) => runCommand(args, { cwd: folder, env: env(), input });

  describe('the client', () => {
    test('follows a group that was made at Parallel: its runs as rows, nothing bought, and those that came later by another look', async () => {
      const ask = async (path: string, body: object) => {
        const headers = { 'x-api-key': 'emulator', 'content-type': 'application/json' };
        const answer = await fetch(house.emulator + path, { method: 'POST', headers, body: JSON.stringify(body) });
        return (await answer.json()) as { taskgroup_id: string };
      };
      const { taskgroup_id } = await ask('/v1/tasks/groups', {});
      const buy = (...names: string[]) =>
        ask(`/v1/tasks/groups/${taskgroup_id}/runs`, {
          inputs: names.map((name) => ({ input: { name }, processor: 'lite' })),
        });
      await buy('Ada', 'Bo');
      const { group, answer } = await client.follow({ taskgroup_id, title: 'Made elsewhere' });
      expect(answer).toMatchObject({ taskgroup_id, num_inputs: 2, estimate: { cost_usd: 0 } });
      await group.wait();
      const first = await group.result();
      expect(first).toMatchObject({ title: 'Made elsewhere', status: { task_run_status_counts: { completed: 2 } } });
      expect(first.results.map(({ name }) => name).toSorted()).toEqual(['Ada', 'Bo']);
      await buy('Cy');
      const again = (await client.follow({ taskgroup_id })).group;
      await again.wait();
      expect((await again.result()).results.map(({ name }) => name)).toEqual([
        ...first.results.map(({ name }) => name),
        'Cy',
      ]);
      expect((await ledgerSummary(house.emulator, taskgroup_id)).runs).toBe(3);
    });

    test('goes on by itself when the gateway is killed in the middle of a stream: no gap, nothing twice', async () => {
      const { group } = await client.create(order(60));
      const cuts: string[] = [];
      const events: StreamEvent[] = [];
      let killed = false;
      for await (const event of group.stream({ onReconnect: (why) => void cuts.push(why.code) })) {
        events.push(event);
        const done = event.type === 'task_group_status' ? (event.status.task_run_status_counts.completed ?? 0) : 0;
        if (killed || done < 5) continue;
        const pid = (await pidsOf(house.dataDir))['results-gateway']!;
        process.kill(pid, 'SIGKILL');
        await eventually(() => !isRunning(pid));
        killed = true;
      }
      expect(cuts.length).toBeGreaterThan(0);
      expect(events.at(-1)!.type).toBe('closed');
      expect(events.filter(({ type }) => type === 'snapshot_start')).toHaveLength(1);
      const ends = events.flatMap((event) =>
        event.type === 'task_run.state' && event.run.status === 'completed' ? [event.row] : [],
      );
      expect([...ends].sort((a, b) => a - b)).toEqual(Array.from({ length: 60 }, (_, row) => row));

      const view = new GroupView();
      for (const event of events) view.apply(event);
      const { results, status } = await group.result();
      expect(view.rows.map(({ result }) => result)).toEqual(results);
      expect(view.status).toMatchObject({ task_run_status_counts: status.task_run_status_counts, is_active: false });

      expect(await all(group.rows({ limit: 7 }))).toEqual(results);
      expect(await all(group.snapshot())).toEqual(results);
      // Whoever has everything is told nothing more.
      const lastId = events.findLast(({ event_id }) => event_id !== null)!.event_id!;
      for await (const _ of group.stream({ after: lastId })) throw new Error('there was something more');
    }, 120_000);

    test('a create whose answers get lost buys once', async () => {
      const thief = await startAnswerThief(house.origin, 2);
      try {
        const { group, answer } = await new MultitaskClient({ origin: thief.origin }).create(order(3));
        expect(thief.posts.map(({ status }) => status)).toEqual([201, 201, 201]);
        expect(new Set(thief.posts.map(({ key }) => key)).size).toBe(1);
        expect(
          new Set(thief.posts.map(({ body }) => (JSON.parse(body) as { taskgroup_id: string }).taskgroup_id)),
        ).toEqual(new Set([answer.taskgroup_id]));
        await client.group(group.id).wait();
        expect(purchases(await ledgerSummary(house.emulator, group.id))).toEqual([1, 1, 1]);
        const listed: string[] = [];
        for await (const one of client.groups()) listed.push(one.taskgroup_id);
        expect(listed.filter((id) => id === group.id)).toHaveLength(1);
      } finally {
        await thief.close();
      }
    });

    test('run, append, retry, cancel and delete; a webhook that its own verifier takes', async () => {
      const sink = await startWebhookSink();
      try {
        await faults({ kind: 'end_runs', status: 'failed', message: 'no luck', times: 1 });
        const { group, result, webhookSecret } = await client.run({ ...order(2), webhook_url: sink.url });
        await faults();
        expect(result.status.task_run_status_counts).toEqual({ completed: 1, failed: 1 });
        const delivery = await eventually(() => sink.deliveriesFor(group.id)[0], { timeoutMs: 30_000 });
        const headers = {
          'webhook-id': delivery!.id,
          'webhook-timestamp': delivery!.timestamp,
          'webhook-signature': delivery!.signature,
        };
        const { id, event } = await verifyWebhook({ body: delivery!.body, headers, secret: webhookSecret! });
        expect([id, event.data.taskgroup_id, event.type]).toEqual([`${group.id}.1`, group.id, 'task_group.completed']);

        expect(await group.retry()).toMatchObject({ num_rows: 1, generation: 2 });
        expect((await group.wait()).status.task_run_status_counts).toEqual({ completed: 2 });
        expect(await group.append({ inputs: cityRows(1) })).toMatchObject({ first_row: 2, generation: 3 });
        expect((await group.wait()).status.task_run_status_counts).toEqual({ completed: 3 });
        expect(await group.cancel()).toMatchObject({ cancelled: 0, settled: 3 });
        expect(await group.delete()).toMatchObject({ taskgroup_id: group.id });
        await expect(group.status()).rejects.toMatchObject({ code: 'group_expired', status: 410 });
      } finally {
        await sink.close();
      }
    });

    test('says what the registry says', async () => {
      await expect(client.create({ inputs: [], output_type: 'text' })).rejects.toMatchObject({
        code: 'invalid_inputs',
        status: 400,
      });
      await expect(client.group(`tgrp_${'0'.repeat(32)}`).result()).rejects.toMatchObject({ code: 'group_not_found' });
    });

    test.each(['run.mjs', 'stream.mjs'])('docs/examples/client/%s does what it says', async (name) => {
      const { stdout } = await promisify(execFile)(process.execPath, [join(examples, name)], {
        env: { PATH: process.env.PATH, ...env() },
      });
      expect(stdout).toMatch(
        name === 'run.mjs' ? /completed France Paris\n/ : /done \{ completed: 2 \}\nPeru Lima\nGhana Accra\n/,
      );
    });

    test('docs/examples/client/webhook.mjs takes what is genuine, and nothing else', async () => {
      const secrets = [1, 2].map((fill) => `whsec_${Buffer.alloc(24, fill).toString('base64')}`);
      const receiver = spawn(process.execPath, [join(examples, 'webhook.mjs')], {
        env: { PATH: process.env.PATH, PORT: '0', WEBHOOK_SECRETS: secrets.join() },
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      let out = '';
      receiver.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
      try {
        const port = await eventually(() => /^listening on (\d+)$/m.exec(out)?.[1]);
        const url = `http://127.0.0.1:${port}/`;
        const { group } = await client.create({ ...order(1), webhook_url: url, webhook_secret: secrets[1] });
        await eventually(() => out.includes(`${group.url} { completed: 1 }`), { timeoutMs: 60_000 });
        expect((await fetch(url, { method: 'POST', body: '{}' })).status).toBe(400);
      } finally {
        const left = once(receiver, 'exit');
        receiver.kill();
        await left;
      }
    });
  });

  describe('the command', () => {
    test('buys a file, writes a CSV and nothing to stdout; docs/examples/client/command.sh', async () => {
      const script = await readFile(join(examples, 'command.sh'), 'utf8');
      const bin = resolve(__dirname, '../../node_modules/.bin');
      const { stdout, stderr } = await promisify(execFile)('bash', ['-euc', script], {
        cwd: folder,
        env: { PATH: `${bin}:${process.env.PATH}`, ...env() },
      });
      expect(stdout.split(/\r?\n/)[0]).toMatch(/^\$status,country,/);
      expect(stdout).toMatch(/completed,Peru,.*Lima/);
      expect(stderr).toMatch(/3 rows with lite: about \$0\.015/);
      expect(stderr).toMatch(/local emulator/);
      expect(stderr).toMatch(/\/tgrp_[0-9a-f]{32}$/m);
      // No terminal: nothing that moves or colours.
      // oxlint-disable-next-line no-control-regex
      expect(stderr).not.toMatch(/[\u001b\r]|█/);
    });

    test('reads stdin, writes stdout, and tells a script all as JSON', async () => {
      const args = ['run', '-', '--describe', 'capital', '-p', 'lite', '--quiet', '--yes'];
      const rows = await command([...args, '--format', 'ndjson'], 'country\nPeru\nGhana\n');
      expect(rows).toMatchObject({ code: 0, err: expect.stringMatching(/^http\S+\n$/) });
      expect(
        rows.out
          .trim()
          .split('\n')
          .map((line) => (JSON.parse(line) as FlatRow).country),
      ).toEqual(['Peru', 'Ghana']);

      const told = await command([...args, '--json', '--output', 'rows.json'], '[{"country":"Norway"}]');
      expect(told.code).toBe(0);
      const outcome = JSON.parse(told.out) as { url: string };
      expect(outcome).toMatchObject({
        num_inputs: 1,
        processor: 'lite',
        output: 'rows.json',
        status: { is_active: false },
      });
      const written = JSON.parse(await readFile(join(folder, 'rows.json'), 'utf8')) as { results: FlatRow[] };
      expect(written.results).toMatchObject([{ country: 'Norway', capital: 'Oslo' }]);

      const markdown = await command(['export', outcome.url, '--format', 'md']);
      expect(markdown).toMatchObject({ code: 0, out: expect.stringContaining('Oslo') });
      const watched = await command(['watch', outcome.url, '--json']);
      expect(JSON.parse(watched.out)).toMatchObject({
        url: outcome.url,
        status: { task_run_status_counts: { completed: 1 } },
      });
    });

    test('--dry-run buys nothing', async () => {
      const before = (await ledgerSummary(house.emulator)).runs;
      const { code, out } = await command(
        ['run', '-', '--describe', 'capital', '--dry-run', '--json'],
        'country\nPeru\n',
      );
      expect(code).toBe(0);
      expect(JSON.parse(out)).toMatchObject({ dry_run: true, num_inputs: 1 });
      expect((await ledgerSummary(house.emulator)).runs).toBe(before);
    });

    test('Ctrl+C leaves the group running and says how to come back; watch does; retry mends', async () => {
      await writeFile(join(folder, 'cities.json'), JSON.stringify(cityRows(10)));
      // Nothing can be bought until the command is gone.
      await faults({ kind: 'respond', status: 429, match: { endpoint: 'add_runs' } });
      const run = startCommand(['run', 'cities.json', '--type', 'text', '-p', 'lite', '-o', 'cities.csv'], {
        cwd: folder,
        env: env(),
      });
      const [url] = await run.said(/^http\S+\/tgrp_[0-9a-f]{32}$/m);
      run.child.kill('SIGINT');
      expect(await run.exited()).toBe(130);
      expect(run.err()).toContain(`The group goes on: ${url}\nCome back with: multitask watch ${url}\n`);
      await faults({ kind: 'end_runs', status: 'failed', message: 'no luck', times: 1 });
      const { code, err } = await command(['watch', url, '-o', 'cities.csv']);
      await faults();
      expect({ code, err }).toMatchObject({ code: 3, err: expect.stringContaining('9 of 10 rows completed') });
      expect((await readFile(join(folder, 'cities.csv'), 'utf8')).trim().split('\r\n')).toHaveLength(11);
      expect(purchases(await ledgerSummary(house.emulator, url.split('/').at(-1)))).toEqual(Array(10).fill(1));

      expect(await command(['retry', url, '--wait'])).toMatchObject({
        code: 0,
        err: expect.stringContaining('1 rows'),
      });
      expect(await command(['append', url, '-', '--wait', '--json'], 'city\nLate\n')).toMatchObject({
        code: 0,
        out: expect.stringContaining('"first_row":10'),
      });
      expect(await command(['cancel', url])).toMatchObject({ code: 0 });
      // Deleting asks, whoever answers the rows.
      expect(await command(['delete', url])).toMatchObject({
        code: 4,
        err: expect.stringContaining('Nothing was deleted'),
      });
      expect(await command(['delete', url, '--yes'])).toMatchObject({ code: 0 });
      expect(await command(['export', url, '--json', '-o', 'gone.csv'])).toMatchObject({
        code: 1,
        out: '',
        err: expect.stringContaining('"code":"group_expired"'),
      });
    });
  });
});
