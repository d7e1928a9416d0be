import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { availableParallelism, cpus, loadavg, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { findNatsServer, startPostgres, type RunningPostgres } from '@multitask/local-infrastructure';
import pg from 'pg';
import { helpText, parseOptions, type BenchOptions } from './options';
import { readReport, writeReport, type Outcome, type Report } from './report/report.file';
import { tableOf } from './report/table';
import { failuresOf } from './report/gate';
import { runProgram } from './rig/program.process';

const say = (text: string): void => void process.stdout.write(`${text}\n`);

/** Runs benchmarks one after the other; answers the exit code. */
export async function runBench(args: readonly string[], root: string): Promise<number> {
  let options: BenchOptions | 'help';
  try {
    options = parseOptions(args);
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${helpText}\n`);
    return 2;
  }
  if (options === 'help') return (say(helpText), 0);
  const files = await filesOf(join(root, 'test/bench'), options.only);
  if (files.length === 0) return (say(`there is no such benchmark: ${options.only.join(' ')}`), 2);

  const folder = await mkdtemp(join(tmpdir(), 'multitask-bench-postgres-'));
  const postgres = await startPostgres({ dataDir: folder });
  const outcomes: Outcome[] = [];
  const startedAt = new Date();
  try {
    const machine = await describe(postgres);
    say(`${machine.cpus} × ${machine.cpu}, load ${machine.load}, ${machine.versions}`);
    for (const file of files) {
      const outcome = await runProgram(file, { root, postgres, startedAt, ...options });
      outcomes.push(outcome);
      say(tableOf(outcome));
    }
    const report: Report = { at: startedAt.toISOString(), length: options.length, machine, outcomes };
    const path = await writeReport(root, report);
    say(`\n${path}`);
    if (!options.gate) return 0;
    const failures = failuresOf(
      report,
      options.baseline === undefined ? undefined : await readReport(options.baseline),
    );
    for (const failure of failures) say(`GATE ${failure}`);
    return failures.length > 0 ? 1 : 0;
  } finally {
    await postgres.stop();
    await rm(folder, { recursive: true, force: true });
    await rm(postgres.location, { recursive: true, force: true });
  }
}

async function filesOf(folder: string, only: readonly string[]): Promise<string[]> {
  const all = (await readdir(folder)).filter((name) => name.endsWith('.bench.ts')).sort();
  return all.filter((name) => only.length === 0 || only.includes(name.split('-')[0]!.toUpperCase()));
}

async function describe(postgres: RunningPostgres): Promise<Report['machine']> {
  const client = new pg.Client({ connectionString: postgres.url });
  await client.connect();
  const setting = async (name: string) => (await client.query(`show ${name}`)).rows[0]![name] as string;
  const names = ['server_version', 'fsync', 'synchronous_commit', 'shared_buffers'];
  const settings: Record<string, string> = {};
  for (const name of names) settings[name] = await setting(name);
  await client.end();
  const { server_version: version, ...rest } = settings;
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cpus: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    load: loadavg()[0]!.toFixed(1),
    versions: `Node ${process.versions.node}, Postgres ${version}, nats-server ${(await findNatsServer()).version}`,
    postgres: rest,
  };
}
