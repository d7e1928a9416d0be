export { exitCodes, type ExitCode } from './exit.codes';
export { multitask } from './multitask';
export { Interrupted, Terminal, type TerminalParts } from './terminal/terminal';
