import { MultitaskError } from '@multitask/client';
import { helpText } from './command-line/help.text';
import { parseCommandLine, type Invocation } from './command-line/invocation';
import type { CommandName } from './command-line/options';
import { CommandContext } from './commands/command.context';
import {
  appendCommand,
  cancelCommand,
  deleteCommand,
  exportCommand,
  retryCommand,
  watchCommand,
} from './commands/group.commands';
import { runCommand } from './commands/run.command';
import { exitCodes, NotAgreedError, UsageError, type ExitCode } from './exit.codes';
import { printable } from './terminal/printable';
import { Interrupted, type Terminal } from './terminal/terminal';

const commandsByName: Readonly<Record<CommandName, (context: CommandContext) => Promise<ExitCode>>> = {
  run: runCommand,
  watch: watchCommand,
  export: exportCommand,
  retry: retryCommand,
  append: appendCommand,
  cancel: cancelCommand,
  delete: deleteCommand,
};

/** One call of the command, from its arguments to its exit code. Aborting the signal with {@link Interrupted} is Ctrl+C. */
export async function multitask(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<ExitCode> {
  let asJson = args.includes('--json');
  try {
    const invocation = parseCommandLine(args);
    if ('helpWanted' in invocation) {
      await terminal.print(`${helpText(invocation.command)}\n`);
      return exitCodes.done;
    }
    asJson = invocation.has('json');
    terminal.quiet = invocation.has('quiet');
    return await perform(invocation, env, terminal, signal);
  } catch (error) {
    return failed(error, terminal, signal, asJson);
  }
}

const perform = (
  invocation: Invocation,
  env: Readonly<Record<string, string | undefined>>,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<ExitCode> => commandsByName[invocation.command](new CommandContext(invocation, terminal, signal, env));

function failed(error: unknown, terminal: Terminal, signal: AbortSignal, asJson: boolean): ExitCode {
  if (signal.aborted || error instanceof Interrupted) return exitCodes.interrupted;
  const { name, message, ...more } = describe(error);
  if (asJson) terminal.tell(JSON.stringify({ error: { code: name, message, ...more } }));
  else {
    const field = 'field' in more && more.field ? ` (${printable(String(more.field))})` : '';
    terminal.tell(`${terminal.paint('multitask:', 'red')} ${printable(message)}${field}`);
    if ('advice' in more && more.advice) terminal.tell(more.advice);
    for (const fault of more.errors ?? []) terminal.tell(`  ${printable(fault.field)}: ${printable(fault.message)}`);
    if (more.request_id) terminal.tell(`  request ${printable(more.request_id)}`);
  }
  if (error instanceof UsageError) return exitCodes.usage;
  return error instanceof NotAgreedError ? exitCodes.notAgreed : exitCodes.failed;
}

interface Description {
  readonly name: string;
  readonly message: string;
  readonly field?: string;
  readonly advice?: string;
  readonly errors?: MultitaskError['errors'];
  readonly request_id?: string;
}

function describe(error: unknown): Description {
  if (MultitaskError.is(error)) {
    const { code, message, field, advice, errors, requestId } = error;
    return { name: code, message, field, advice, errors: errors.length > 1 ? errors : [], request_id: requestId };
  }
  if (error instanceof UsageError) return { name: 'usage', message: error.message };
  if (error instanceof NotAgreedError) return { name: 'not_agreed', message: error.message };
  return { name: 'internal', message: error instanceof Error ? error.message : String(error) };
}
