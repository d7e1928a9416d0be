import { parseArgs } from 'node:util';
import { UsageError } from '../exit.codes';
import { commands, isCommand, type CommandHelp, type CommandName } from './options';

/** A command line that was understood. */
export class Invocation {
  constructor(
    readonly command: CommandName,
    readonly operands: readonly string[],
    private readonly values: Readonly<Record<string, string | boolean | undefined>>,
  ) {}

  text(name: string): string | undefined {
    const value = this.values[name];
    return typeof value === 'string' ? value : undefined;
  }

  has(name: string): boolean {
    return this.values[name] === true;
  }

  /** A number of dollars or days. */
  number(name: string): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const number = text.trim() === '' ? Number.NaN : Number(text);
    if (Number.isFinite(number) && number >= 0) return number;
    throw new UsageError(`--${name} takes a number from 0 on, not "${text}".`);
  }

  /** One of a few words. */
  choice<T extends string>(name: string, words: readonly T[]): T | undefined {
    const text = this.text(name);
    if (text === undefined || words.includes(text as T)) return text as T | undefined;
    throw new UsageError(`--${name} takes ${words.join(', ')}, not "${text}".`);
  }
}

/** Asked for help, about a command or in all. */
export interface HelpWanted {
  readonly helpWanted: true;
  readonly command: CommandName | undefined;
}

/** Throws {@link UsageError}. */
export function parseCommandLine(args: readonly string[]): Invocation | HelpWanted {
  const [name, ...rest] = args;
  if (name === undefined || name === 'help' || name === '--help' || name === '-h')
    return { helpWanted: true, command: rest[0] !== undefined && isCommand(rest[0]) ? rest[0] : undefined };
  if (!isCommand(name))
    throw new UsageError(`There is no command "${name}"; there are ${Object.keys(commands).join(', ')}.`);
  const command: CommandHelp = commands[name];
  const { values, positionals } = parsed(name, command, rest);
  if (values.help === true) return { helpWanted: true, command: name };
  if (positionals.length !== command.count)
    throw new UsageError(
      `multitask ${name} takes ${command.operands}, ${positionals.length} given. See multitask help ${name}.`,
    );
  return new Invocation(name, positionals, values);
}

function parsed(name: string, command: CommandHelp, args: string[]) {
  const options = Object.fromEntries(
    Object.entries(command.options).map(([option, { value, short }]) => [
      option,
      { type: value === undefined ? ('boolean' as const) : ('string' as const), ...(short && { short }) },
    ]),
  );
  try {
    return parseArgs({ args, options, strict: true, allowPositionals: true });
  } catch (error) {
    const [fault] = (error as Error).message.split('. To specify');
    throw new UsageError(`${fault!.replace(/\.$/, '')}. See multitask help ${name}.`);
  }
}
