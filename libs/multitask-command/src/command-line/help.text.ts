import { commands, type CommandHelp, type CommandName, type OptionHelp } from './options';

/** Help about one command, or about all. */
export function helpText(command?: CommandName): string {
  return command === undefined ? overview() : about(command, commands[command]);
}

function overview(): string {
  const lines = Object.entries(commands).map(
    ([name, { operands, help }]) => [`multitask ${name} ${operands}`, help] as const,
  );
  return [
    'Task groups of Parallel in one call.',
    '',
    ...columns(lines),
    '',
    'multitask help <command> lists its options.',
    'The key is read from PARALLEL_API_KEY or a file; the local emulator (npm start) needs none.',
    '',
    'Exit codes: 0 done, 1 failed, 2 wrong command line, 3 some rows without a result, 4 not agreed to, 130 interrupted.',
  ].join('\n');
}

function about(name: string, { operands, help, options }: CommandHelp): string {
  const left = ([option, { value, short }]: [string, OptionHelp]) =>
    `--${option}${value === undefined ? '' : ` <${value}>`}${short ? `, -${short}` : ''}`;
  const lines = Object.entries(options).map((option) => [left(option), option[1].help] as const);
  return [
    `multitask ${name} ${operands} [options]`,
    '',
    `${help[0]!.toUpperCase()}${help.slice(1)}.`,
    '',
    ...columns(lines),
  ].join('\n');
}

function columns(lines: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...lines.map(([left]) => left.length)) + 2;
  return lines.map(([left, right]) => `  ${left.padEnd(width)}${right}`);
}
