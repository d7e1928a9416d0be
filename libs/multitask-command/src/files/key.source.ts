import { readFile, stat } from 'node:fs/promises';
import type { Invocation } from '../command-line/invocation';
import { UsageError } from '../exit.codes';
import type { Terminal } from '../terminal/terminal';

type Environment = Readonly<Record<string, string | undefined>>;

/** Visible ASCII: a key that holds anything else could not be sent in a header. */
const keyPattern = /^[\x21-\x7e]{1,512}$/;

/**
 * The Parallel API key, or undefined without one: from `--api-key`, a file, or PARALLEL_API_KEY, in this order. What is said of
 * it never quotes it.
 */
export async function findKey(
  invocation: Invocation,
  env: Environment,
  terminal: Terminal,
): Promise<string | undefined> {
  const argument = invocation.text('api-key');
  if (argument !== undefined) {
    terminal.tell(
      'Warning: a key on the command line can be read by everybody on this machine and stays in the shell’s history. Use PARALLEL_API_KEY or --key-file.',
    );
    return checked(argument, '--api-key');
  }
  const file = invocation.text('key-file') ?? (env.PARALLEL_API_KEY ? undefined : env.MULTITASK_KEY_FILE);
  if (file !== undefined && file !== '') return checked(await keyIn(file, terminal), file);
  return env.PARALLEL_API_KEY ? checked(env.PARALLEL_API_KEY, 'PARALLEL_API_KEY') : undefined;
}

async function keyIn(file: string, terminal: Terminal): Promise<string> {
  try {
    const { mode } = await stat(file);
    if (process.platform !== 'win32' && (mode & 0o077) !== 0)
      terminal.tell(`Warning: ${file} can be read by others on this machine; chmod 600 keeps it to you.`);
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new UsageError(`The key file ${file} cannot be read: ${(error as NodeJS.ErrnoException).code}.`);
  }
}

function checked(text: string, source: string): string {
  const key = text.trim();
  if (keyPattern.test(key)) return key;
  throw new UsageError(`${source} holds no API key: a key is one word of visible ASCII characters.`);
}
