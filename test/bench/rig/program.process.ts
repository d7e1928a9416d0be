import { fork } from 'node:child_process';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import type { RunningPostgres } from '@multitask/local-infrastructure';
import type { Measured, Scale } from '../benchmark';
import type { Outcome } from '../report/report.file';

/** The whole of a benchmark; what has not ended by then is killed. */
const limitMs = { short: 20_000, full: 60_000, long: 300_000 };
/** Of that, kept for closing everything. */
const closingMs = { short: 3_000, full: 6_000, long: 6_000 };

export interface ProgramOptions {
  readonly root: string;
  readonly postgres: RunningPostgres;
  readonly startedAt: Date;
  readonly length: Scale['length'];
  readonly profile: boolean;
  readonly verbose: boolean;
  readonly patience: number;
}

export function runProgram(file: string, options: ProgramOptions): Promise<Outcome> {
  const { root, postgres, startedAt, length, profile, verbose, patience } = options;
  const [id = file, name = ''] = file.replace('.bench.ts', '').split('-', 2);
  const began = Date.now();
  const limit = limitMs[length] * patience;
  const stage = {
    length,
    root,
    verbose,
    postgresUrl: postgres.url,
    postgresPid: postgres.child.pid,
    deadline: began + limit - closingMs[length],
    profileFolder: profile ? join(root, '.cache/bench', `${stampOf(startedAt)}-profiles`, id) : undefined,
  };
  const child = fork(join(root, 'test/bench/program.ts'), [file, JSON.stringify(stage)], {
    execArgv: ['--import', join(root, 'test/bench/typescript.hook.mjs')],
    serialization: 'advanced',
  });
  const head = () => ({ id: id.toUpperCase(), name, seconds: (Date.now() - began) / 1_000, load: loadavg()[0]! });
  return new Promise((resolve) => {
    let said: { measured?: Measured; error?: string } | undefined;
    const timer = setTimeout(() => {
      said ??= { error: `not over after ${limit / 1_000} s` };
      child.kill('SIGKILL');
    }, limit);
    child.on('message', (message: typeof said) => (said = message));
    child.once('exit', (code, signal) => {
      clearTimeout(timer);
      if (said?.measured) resolve({ ...head(), measured: said.measured });
      else resolve({ ...head(), error: said?.error ?? `ended with ${code ?? signal}` });
    });
  });
}

export const stampOf = (date: Date): string => date.toISOString().slice(0, 19).replaceAll(':', '');
