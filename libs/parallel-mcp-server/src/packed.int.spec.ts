import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { McpClient } from './testing/mcp.client';

const folder = mkdtempSync(join(tmpdir(), 'parallel-mcp-packed-'));
const here = join(__dirname, '..');
/** The packages run on the Node of the tests, whatever the system's is. */
const env = { ...process.env, PATH: [dirname(process.execPath), process.env.PATH].join(delimiter) };
const npm = (cwd: string, ...args: string[]) =>
  execFileSync('npm', [...args, '--loglevel=error', '--no-audit', '--no-fund'], { cwd, env, encoding: 'utf8' });

const manifests: Record<string, string> = {};

beforeAll(() => {
  for (const name of ['parallel-mcp-server', 'parallel-mcp-server-http']) {
    manifests[name] = readFileSync(join(here, '..', name, 'package.json'), 'utf8');
    npm(join(here, '..', name), 'pack', '--pack-destination', folder);
  }
  writeFileSync(join(folder, 'package.json'), '{"name":"empty","version":"1.0.0","private":true}');
  const tarballs = readdirSync(folder).filter((file) => file.endsWith('.tgz'));
  npm(folder, 'install', '--prefer-offline', '--ignore-scripts', ...tarballs.map((file) => `./${file}`));
}, 240_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const installed = (name: string) => join(folder, 'node_modules/.bin', name);

/** As the requirement has them, with only the package's name changed. */
const stdioSnippet = `
import { createParallelMcpServer } from 'parallel-mcp-server'
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js'

const handle = createParallelMcpServer({
  storeOptions: { filename: './parallel-mcp.db' },
  defaultLeaseMs: 30_000,
})

await handle.server.connect(new StdioServerTransport())
`;
const httpSnippet = `
import { createParallelMcpHttpServer } from 'parallel-mcp-server'

const handle = createParallelMcpHttpServer({
  storeOptions: { filename: './parallel-mcp.db' },
  port: 3333,
  host: '0.0.0.0',
  authToken: process.env.PARALLEL_MCP_TOKEN,
})

const { url } = await handle.listen()
console.log(\`parallel-mcp MCP server listening at \${url}\`)
`;

it('leaves the workspace as it was', () => {
  expect(existsSync(join(here, 'node_modules'))).toBe(false);
  for (const name of ['parallel-mcp-server', 'parallel-mcp-server-http'])
    expect(readFileSync(join(here, '..', name, 'package.json'), 'utf8')).toBe(manifests[name]);
});

const typed = `
import { createParallelMcpServer, runWorker, SqliteParallelMcpStore, ParallelMcpOrchestrator, type WorkerHandler } from 'parallel-mcp-server';
import { createParallelMcpHttpServer, type ParallelMcpHttpHandle } from 'parallel-mcp-server-http';

const store = new SqliteParallelMcpStore({ filename: ':memory:' });
const orchestrator = new ParallelMcpOrchestrator(store, { defaultLeaseMs: 30_000 });
const handler: WorkerHandler = ({ task, signal }) => ({ output: { kind: task.kind, stopped: signal.aborted } });
export const worker = runWorker({ orchestrator, handler, kinds: ['a'], concurrency: 2 });
export const http: ParallelMcpHttpHandle = createParallelMcpHttpServer({ orchestrator, port: 0 });
export const { server, close } = createParallelMcpServer({ orchestrator });
export const made: Promise<object> = orchestrator.createRun({ namespace: 'red' });
// @ts-expect-error: no such setting
createParallelMcpServer({ storeOption: {} });
// @ts-expect-error: a number of tasks
runWorker({ orchestrator, handler, concurrency: 'two' });
// @ts-expect-error: no such tool
void orchestrator.createRuns;
// @ts-expect-error: a text
export const wrong: string = store.read;
`;
const settings = {
  compilerOptions: {
    ...{ module: 'nodenext', target: 'es2024', strict: true, noEmit: true, skipLibCheck: true },
    ...{ types: ['node'], typeRoots: [join(here, '../../node_modules/@types')] },
  },
};

it('what was packed has types that a consumer compiles against', () => {
  writeFileSync(join(folder, 'typed.ts'), typed);
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ ...settings, files: ['typed.ts'] }));
  const tsc = require.resolve('typescript/bin/tsc');
  const { status, stdout } = spawnSync(process.execPath, [tsc, '-p', '.'], { cwd: folder, encoding: 'utf8' });
  expect([status, stdout]).toEqual([0, '']);
}, 120_000);

it('the installed command serves over stdio, and the first snippet does', async () => {
  writeFileSync(join(folder, 'stdio.mjs'), stdioSnippet);
  const servers = [
    { command: installed('parallel-mcp-server'), args: [] },
    { command: process.execPath, args: ['stdio.mjs'] },
  ];
  for (const server of servers) {
    const client = await McpClient.stdio(server.command, server.args, { PATH: env.PATH }, folder);
    const { run } = await client.call('create_run', {});
    expect((await client.call('get_run', { runId: run.id })).run).toEqual(run);
    await client.close();
  }
});

/** Until it has said where it listens; answers the address. */
async function listening(command: string, args: string[], more: Record<string, string>, from: 'stdout' | 'stderr') {
  const child = spawn(command, args, { cwd: folder, env: { ...env, ...more } });
  const lines = createInterface({ input: child[from] });
  const over = once(child, 'exit').then(() => Promise.reject(new Error('It ended without listening.')));
  over.catch(() => undefined);
  const [line] = (await Promise.race([once(lines, 'line'), over])) as [string];
  const stop = async () => {
    child.kill('SIGTERM');
    const [code] = (await once(child, 'exit')) as [number | null];
    return code;
  };
  return { url: /http:\S+/.exec(line)![0], stop };
}

it('the installed command serves over HTTP as the environment says, and stops when it is told', async () => {
  const more = {
    PARALLEL_MCP_PORT: '0',
    PARALLEL_MCP_PATH: '/tools',
    PARALLEL_MCP_TOKEN: 't',
    PARALLEL_MCP_DB: './h.db',
  };
  const { url, stop } = await listening(installed('parallel-mcp-server-http'), [], more, 'stderr');
  expect(new URL(url).pathname).toBe('/tools');
  await expect(McpClient.http(url)).rejects.toThrow();
  const client = await McpClient.http(url, 't');
  await client.call('create_run', {});
  await client.close();
  expect(await stop()).toBe(0);
  expect(existsSync(join(folder, 'h.db'))).toBe(true);
});

it('the second snippet serves over HTTP', async () => {
  // Its port is said in so many words; a free one is asked for here, so that nobody else's is taken.
  writeFileSync(join(folder, 'http.mjs'), httpSnippet.replace('port: 3333', 'port: 0'));
  const { url, stop } = await listening(process.execPath, ['http.mjs'], { PARALLEL_MCP_TOKEN: 't' }, 'stdout');
  const client = await McpClient.http(url, 't');
  await client.call('create_run', {});
  await client.close();
  await stop();
});

it('says in one sentence which Node it needs, and which setting is wrong', () => {
  const old = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.20.2' } });`;
  const start = join(folder, 'node_modules/parallel-mcp-server/bin/start.cjs');
  const refused = spawnSync(process.execPath, ['-e', `${old} require(${JSON.stringify(start)})('nothing')`]);
  expect([refused.status, String(refused.stderr)]).toEqual([
    1,
    'parallel-mcp-server needs Node 22.13 or newer; this is 20.20.2.\n',
  ]);
  const wrong = spawnSync(installed('parallel-mcp-server-http'), { env: { ...env, PARALLEL_MCP_PORT: 'http' } });
  expect([wrong.status, String(wrong.stderr)]).toEqual([
    1,
    'parallel-mcp-server: PARALLEL_MCP_PORT must be a number from 0 to 65535.\n',
  ]);
});
