import type { LoggerService } from '@nestjs/common';
import { pino, type DestinationStream, type Level, type Logger, type LoggerOptions } from 'pino';
import { PinoPretty } from 'pino-pretty';
import { redacted, shownError } from './redaction';
import { currentTrace } from './trace/trace-context';

export type { Logger } from 'pino';

/** How log lines look: `json` for machines, `pretty` for a terminal. */
export type LogFormat = 'json' | 'pretty';

export interface LogOptions {
  level: string;
  format: LogFormat;
  destination?: DestinationStream;
  /** A file that gets every line from `info` up as JSON, whatever `level` the terminal shows. */
  file?: string;
}

/** A logger whose every line names its service. Lines go to stderr: stdout belongs to the command's own output. */
export function createLogger(service: string, options: LogOptions): Logger {
  const settings: LoggerOptions = {
    name: service,
    level: options.level,
    base: { service },
    serializers: { err: (error: unknown) => shownError(error) },
    hooks: { streamWrite: redacted },
    mixin: traceOfLine,
  };
  const shown = options.destination ?? terminal(options.format);
  if (!options.file) return pino(settings, shown);
  const streams = [
    ...(options.level === 'silent' ? [] : [{ level: options.level as Level, stream: shown }]),
    { level: 'info' as const, stream: logFile(options.file) },
  ];
  // Each stream has its own threshold; the logger itself must let through what the most curious one wants.
  return pino({ ...settings, level: lower(options.level, 'info') }, pino.multistream(streams));
}

/** Bytes of lines that wait for room on a full disk; newer ones are dropped. */
const waitingBytes = 1024 * 1024;

/** A full disk costs lines, never the process: the terminal has them too. */
function logFile(path: string): DestinationStream {
  const stream = pino.destination({ dest: path, mkdir: true, sync: true, maxLength: waitingBytes });
  stream.on('error', () => undefined);
  return stream;
}

function terminal(format: LogFormat): DestinationStream {
  if (format === 'json') return pino.destination({ fd: 2, sync: false });
  return PinoPretty({
    destination: 2,
    sync: true,
    ignore: 'pid,hostname,name,service,traceId',
    messageFormat: '{service}: {msg}',
    translateTime: 'HH:MM:ss.l',
  });
}

const lower = (one: string, other: string): string =>
  (pino.levels.values[one] ?? Infinity) < (pino.levels.values[other] ?? Infinity) ? one : other;

const traceOfLine = (): object => {
  const trace = currentTrace();
  return trace ? { traceId: trace.traceId, ...(trace.requestId && { requestId: trace.requestId }) } : {};
};

/** Nest's framework messages through the same logger; its start-up chatter is debug detail. */
export class NestLogger implements LoggerService {
  constructor(private readonly logger: Logger) {}
  log(message: unknown, context?: string): void {
    this.logger.debug({ context }, String(message));
  }
  error(message: unknown, stack?: string, context?: string): void {
    this.logger.error({ context, stack }, String(message));
  }
  warn(message: unknown, context?: string): void {
    this.logger.warn({ context }, String(message));
  }
  debug(message: unknown, context?: string): void {
    this.logger.trace({ context }, String(message));
  }
  verbose(message: unknown, context?: string): void {
    this.logger.trace({ context }, String(message));
  }
}
