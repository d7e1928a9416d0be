import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Readable } from 'node:stream';
import type { Inputs, InputsFile } from '@multitask/client';
import type { Invocation } from '../command-line/invocation';
import { UsageError } from '../exit.codes';
import type { Terminal } from '../terminal/terminal';

/** What an installation takes as a file, unless its operator says otherwise. It is kept whole: a repeat must send the same. */
const maxBytes = 256 * 1024 * 1024;

export const inputFormats = ['csv', 'tsv', 'json', 'ndjson'] as const;
const mediaTypes: Readonly<Record<(typeof inputFormats)[number], string>> = {
  csv: 'text/csv',
  tsv: 'text/tab-separated-values',
  json: 'application/json',
  ndjson: 'application/x-ndjson',
};

/** The inputs that an operand names: a file, `-` for stdin, or a URL, which the installation fetches itself. */
export async function readInputs(operand: string, invocation: Invocation, terminal: Terminal): Promise<Inputs> {
  if (/^https?:\/\//i.test(operand)) return operand;
  const format = invocation.choice('input-format', inputFormats);
  const type = format && mediaTypes[format];
  if (operand !== '-') return fileInputs(operand, type);
  if (terminal.stdin.isTTY) throw new UsageError('- reads the inputs from a pipe, and here is none.');
  return { data: await all(terminal.stdin), name: 'stdin', type };
}

async function fileInputs(file: string, type: string | undefined): Promise<InputsFile> {
  try {
    const { size } = await stat(file);
    if (size > maxBytes) throw tooLarge(file);
    return { data: new Blob([await readFile(file)]), name: basename(file), type };
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`${file} cannot be read: ${(error as NodeJS.ErrnoException).code}.`);
  }
}

async function all(stdin: Readable): Promise<Blob> {
  const chunks: Buffer<ArrayBuffer>[] = [];
  let size = 0;
  for await (const chunk of stdin as AsyncIterable<Buffer<ArrayBuffer>>) {
    size += chunk.length;
    if (size > maxBytes) throw tooLarge('What comes from the pipe');
    chunks.push(chunk);
  }
  return new Blob(chunks);
}

const tooLarge = (what: string): UsageError =>
  new UsageError(`${what} is larger than 256 MiB; split it over several groups, or give a URL.`);
