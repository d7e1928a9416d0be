import { PassThrough } from 'node:stream';
import { multitask } from '../multitask';
import { Terminal } from '../terminal/terminal';

export interface PlayedOptions {
  readonly env?: Record<string, string>;
  /** What is typed; with it, somebody sits there. */
  readonly typed?: string;
  readonly piped?: string;
  /** Aborted as by Ctrl+C. */
  readonly signal?: AbortSignal;
}

/** One call of the command on a terminal, or on pipes, that a test plays. */
export async function play(args: readonly string[], { env = {}, typed, piped = '', signal }: PlayedOptions = {}) {
  const isTTY = typed !== undefined;
  const stdin = Object.assign(new PassThrough(), { isTTY });
  const [stdout, stderr] = [0, 1].map(() => Object.assign(new PassThrough(), { isTTY, columns: 100 }));
  stdin.end(typed ?? piped);
  const terminal = new Terminal({ stdin, stdout: stdout!, stderr: stderr!, env });
  const code = await multitask(args, env, terminal, signal ?? new AbortController().signal);
  const textOf = (stream: PassThrough) => (stream.read() as Buffer | null)?.toString() ?? '';
  return { code, out: textOf(stdout!), err: textOf(stderr!) };
}
