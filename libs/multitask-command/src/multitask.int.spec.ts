import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Interrupted } from './terminal/terminal';
import { groupId, startInstallation, type ScriptedInstallation } from './testing/scripted.installation';
import { play, type PlayedOptions } from './testing/played.terminal';

const key = 'pk-very-secret';

describe('the command, where rows cost money', () => {
  let installation: ScriptedInstallation;
  let folder: string;
  let inputs: string;
  let url: string;
  const home = process.cwd();

  beforeEach(async () => {
    installation = await startInstallation();
    folder = await mkdtemp(join(tmpdir(), 'multitask-command-'));
    process.chdir(folder);
    inputs = join(folder, 'companies.csv');
    await writeFile(inputs, 'company\nA\nB\nC\n');
    url = `${installation.origin}/${groupId}`;
  });
  afterEach(async () => {
    process.chdir(home);
    await installation.close();
    await rm(folder, { recursive: true, force: true });
  });

  const multitask = (args: string[], { env, ...more }: PlayedOptions = {}) =>
    play(args, { env: { MULTITASK_SERVER: installation.origin, PARALLEL_API_KEY: key, ...env }, ...more });
  const run = (args: string[] = [], more: PlayedOptions = {}) =>
    multitask(['run', inputs, '--describe', 'capital', ...args], more);
  const paths = (method: string) => installation.seen.filter((one) => one.method === method).map(({ path }) => path);
  const bought = () => paths('POST').filter((path) => !path.includes('dry_run'));

  describe('buying', () => {
    test('is refused when there is nobody to ask and no --yes', async () => {
      const { code, out, err } = await run();
      expect({ code, out }).toEqual({ code: 4, out: '' });
      expect(err).toContain('3 rows with base: about $0.03, usually 15 s to 3 min.');
      expect(err).toContain('Add --yes to agree in advance.');
      expect(bought()).toEqual([]);
    });

    test.each(['n\n', '\n', '', 'yesterday\n'])('is refused when the answer is %j', async (typed) => {
      expect(await run([], { typed })).toMatchObject({ code: 4, err: expect.stringContaining('Nothing was bought.') });
      expect(bought()).toEqual([]);
    });

    test.each([
      ['y\n', []],
      ['YES\n', []],
      [undefined, ['--yes']],
    ])('is done when the answer is %j, with %j', async (typed, args) => {
      const { code, err } = await run([...args, '-o', 'out.csv'], { typed });
      expect(code).toBe(3);
      expect(err).toContain(url);
      expect(await readFile('out.csv', 'utf8')).toBe('$id,$status\r\n');
      expect(bought()).toHaveLength(1);
    });

    test('buys what was shown: schema, processor, and no more than the estimate', async () => {
      await run(['--yes', '--max-cost', '5']);
      const create = installation.seen.find(({ method, path }) => method === 'POST' && path.endsWith('/multitask'))!;
      expect(create.body).toContain('"processor":"base"');
      expect(create.body).toContain('"output_schema":{"type":"object"');
      expect(create.body).toContain('"max_cost_usd":0.03');
      expect(create.body).toContain('company\nA\nB\nC\n');
    });

    test('asks nobody when the emulator answers, and says so', async () => {
      installation.upstream = 'emulator';
      expect(await run()).toMatchObject({ code: 3, err: expect.stringContaining('The local emulator answers') });
    });

    test('interrupted before it is sent buys nothing', async () => {
      const leaving = new AbortController();
      leaving.abort();
      expect((await run(['--yes'], { signal: leaving.signal })).code).toBe(130);
      expect(bought()).toEqual([]);
    });

    test('interrupted while it is under way waits for the answer, and says how to come back', async () => {
      const leaving = new AbortController();
      installation.onCreate = () => leaving.abort(new Interrupted());
      const { code, out, err } = await run(['--yes'], { signal: leaving.signal });
      expect({ code, out }).toEqual({ code: 130, out: '' });
      expect(err).toContain(`Come back with: multitask watch ${url}`);
    });

    test('whose answer never comes keeps what is needed to go on, and the same request goes on', async () => {
      installation.losesAnswers = true;
      const { code, err } = await run(['--yes', '--patience', '0.5']);
      expect(code).toBe(1);
      const [, ownKey, file] = /--idempotency-key (\S+) --spec (\S+)/.exec(err)!;
      expect((await stat(file!)).mode & 0o077).toBe(0);
      installation.losesAnswers = false;
      expect((await run(['--yes', '--idempotency-key', ownKey!, '--spec', file!])).code).toBe(3);
      const creates = installation.seen.filter(({ method, path }) => method === 'POST' && path.endsWith('/multitask'));
      expect(new Set(creates.map(({ headers }) => headers['idempotency-key']))).toEqual(new Set([ownKey]));
      const specs = creates.map(({ body }) => JSON.parse(/\{.*\}/.exec(body)![0]) as object);
      for (const spec of specs) expect(spec).toEqual(specs[0]);
    });

    test.each([['retry'], ['append', '-']])('%s tells the price and asks as well', async (command, ...operands) => {
      const call = [command, url, ...operands];
      expect(await multitask(call, { piped: 'company\nD\n' })).toMatchObject({
        code: 4,
        err: expect.stringMatching(/rows? with base: about \$0\.0\d/),
      });
      expect(bought()).toEqual([]);
      expect((await multitask([...call, '--yes'], { piped: 'company\nD\n' })).code).toBe(0);
      expect(bought()).toEqual([`/v1beta/tasks/multitask/${groupId}/${command === 'retry' ? 'retry' : 'runs'}`]);
    });
  });

  describe('the key', () => {
    const keys = () => new Set(installation.seen.map(({ headers }) => headers['x-api-key']).filter(Boolean));

    test('comes from a file, and a file that others can read is worth a warning', async () => {
      const file = join(folder, 'key');
      await writeFile(file, 'from-a-file\n', { mode: 0o600 });
      const args = ['cancel', url, '--key-file', file];
      expect((await multitask(args)).err).not.toContain('Warning');
      expect(keys()).toEqual(new Set(['from-a-file']));
      await chmod(file, 0o644);
      expect((await multitask(args)).err).toContain('Warning');
    });

    test('on the command line is taken with a warning, which does not repeat it', async () => {
      const { err } = await multitask(['cancel', url, '--api-key', 'on-the-line']);
      expect(err).toMatch(/^Warning: a key on the command line/);
      expect(err).not.toContain('on-the-line');
      expect(keys()).toEqual(new Set(['on-the-line']));
    });

    test('is sent to no installation but the one that was named', async () => {
      for (const command of ['retry', 'append', 'cancel', 'delete']) {
        const env = { MULTITASK_SERVER: 'https://tasks.example.com' };
        const { code, err } = await multitask([command, url, ...(command === 'append' ? ['-'] : [])], { env });
        expect({ code, err }).toMatchObject({
          code: 2,
          err: expect.stringContaining(`add --server ${installation.origin}`),
        });
      }
      expect(installation.seen).toEqual([]);
      expect((await multitask(['cancel', url, '--server', installation.origin])).code).toBe(0);
    });

    test('does not come along with what everybody may read, and is in no error', async () => {
      await multitask(['watch', url]);
      await multitask(['export', url]);
      expect(keys()).toEqual(new Set());
      const { code, err } = await multitask(['cancel', url], { env: { PARALLEL_API_KEY: 'two words' } });
      expect({ code, err }).toMatchObject({ code: 2, err: expect.not.stringContaining('two words') });
    });
  });

  describe('what is written', () => {
    test('a file is there whole or not at all, and one that cannot be written is told before anything is bought', async () => {
      expect((await run(['--yes', '-o', 'nowhere/out.csv'])).code).toBe(2);
      expect((await run(['--yes', '-o', folder])).code).toBe(2);
      expect(installation.seen).toEqual([]);
      await run(['--yes', '-o', 'out.csv']);
      expect((await readdir(folder)).sort()).toEqual(['companies.csv', 'out.csv']);
    });

    test('stdout has rows alone, or the outcome alone', async () => {
      expect((await run(['--yes'])).out).toBe('$id,$status\r\n');
      const { out } = await run(['--yes', '--json', '-o', 'out.csv']);
      expect(JSON.parse(out)).toMatchObject({
        url,
        taskgroup_id: groupId,
        output: 'out.csv',
        cost: { spent_usd: 0.02 },
      });
    });

    test('errors are sentences with advice, or JSON', async () => {
      const args = ['watch', 'tgrp_1'];
      expect((await multitask(args)).err).toMatch(
        /^multitask: This is neither the URL nor the id.*\nUse the URL of a task group/,
      );
      const told = await multitask([...args, '--json']);
      expect(JSON.parse(told.err)).toMatchObject({ error: { code: 'foreign_url' } });
      expect(told).toMatchObject({ code: 1, out: '' });
    });

    test('what the server says cannot move the cursor', async () => {
      const { err } = await multitask(['watch', url]);
      expect(err).toContain('Done.');
      expect(err).not.toContain('\u001b');
    });

    test('colours are for terminals, and NO_COLOR is heeded', async () => {
      const coloured = '\u001b[1m';
      expect((await run(['--no-wait'], { typed: 'y\n' })).err).toContain(coloured);
      expect((await run(['--no-wait'], { typed: 'y\n', env: { NO_COLOR: '1' } })).err).not.toContain(coloured);
      expect((await run(['--no-wait', '--yes'])).err).not.toContain(coloured);
    });

    test.each([
      [['nothing']],
      [['run']],
      [['run', 'x.csv']],
      [['run', 'x.csv', '--type', 'xml']],
      [['run', 'missing.csv', '--type', 'text']],
      [['watch', 'a', 'b']],
      [['export', 'a', '--colour']],
      [['retry', 'a', '--rows', 'x']],
      [['run', 'companies.csv', '--type', 'text', '--idempotency-key', 'k']],
      [['run', '-', '--type', 'text', '--max-cost', '-1']],
    ])('%j is no command line', async (args) => {
      const { code, out, err } = await multitask(args);
      expect({ code, out }).toEqual({ code: 2, out: '' });
      expect(err).not.toBe('');
      expect(installation.seen).toEqual([]);
    });

    test('help says every option and every exit code', async () => {
      expect((await multitask([])).out).toMatch(/multitask run[\s\S]*Exit codes: 0 done/);
      expect((await multitask(['run', '--help'])).out).toBe((await multitask(['help', 'run'])).out);
      expect((await multitask(['help', 'run'])).out).toContain('--max-cost <usd>');
    });
  });
});
