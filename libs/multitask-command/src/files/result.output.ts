import { createWriteStream } from 'node:fs';
import { access, constants, rename, rm, stat } from 'node:fs/promises';
import { dirname, extname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { MultitaskError, type DownloadFormat, type TaskGroup } from '@multitask/client';
import type { Invocation } from '../command-line/invocation';
import { UsageError } from '../exit.codes';
import type { Terminal } from '../terminal/terminal';

const formats = ['csv', 'json', 'ndjson', 'md', 'db'] as const satisfies readonly DownloadFormat[];
type Format = (typeof formats)[number];

const byEnding: Readonly<Record<string, Format>> = {
  '.csv': 'csv',
  '.json': 'json',
  '.ndjson': 'ndjson',
  '.jsonl': 'ndjson',
  '.md': 'md',
  '.db': 'db',
  '.sqlite': 'db',
};

/** Where the rows go, and how they are written. Undefined file: stdout. */
export interface ResultOutput {
  readonly file: string | undefined;
  readonly format: Format;
}

/** What `--output` and `--format` say. A file that cannot be written is told here, before anything is bought. */
export async function resultOutput(invocation: Invocation, terminal: Terminal): Promise<ResultOutput> {
  const named = invocation.text('output');
  const file = named === '-' ? undefined : named;
  const ending = file === undefined ? undefined : byEnding[extname(file).toLowerCase()];
  const format = invocation.choice('format', formats) ?? ending ?? 'csv';
  if (file !== undefined) await checkWritable(file);
  if (file === undefined && format === 'db' && terminal.stdout.isTTY)
    throw new UsageError('A database is not for a terminal: name a file with --output.');
  return { file, format };
}

async function checkWritable(file: string): Promise<void> {
  try {
    await access(dirname(file), constants.W_OK);
    if ((await stat(file).catch(() => undefined))?.isDirectory()) throw new UsageError(`${file} is a folder.`);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`${file} cannot be written: ${(error as NodeJS.ErrnoException).code}.`);
  }
}

/** Writes the rows as they are now. A file is there whole or not at all. */
export async function writeResult(
  group: TaskGroup,
  { file, format }: ResultOutput,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<void> {
  const answer = await group.download(format, { signal });
  if (file === undefined) return brokenOff(() => pipeline(answer.body!, terminal.stdout, { end: false, signal }));
  const part = `${file}.part-${process.pid}`;
  try {
    await brokenOff(() => pipeline(answer.body!, createWriteStream(part, { flags: 'wx' }), { signal }));
    await rename(part, file);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
}

async function brokenOff(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    const { code, name } = error as NodeJS.ErrnoException;
    // Whoever reads us has enough.
    if (code === 'EPIPE') return;
    if (name === 'AbortError') throw error;
    const local = code !== undefined && /^E[A-Z]+$/.test(code) && code !== 'ECONNRESET';
    throw local
      ? new Error(`The rows could not be written: ${code}.`, { cause: error })
      : new MultitaskError('unreachable', 'The rows broke off on their way.', { retryable: true, cause: error });
  }
}
