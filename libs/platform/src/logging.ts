import type { LoggerService } from '@nestjs/common';
import { pino, type DestinationStream, type Logger, type LoggerOptions } from 'pino';
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
  if (options.destination) return pino(settings, options.destination);
  if (options.format === 'pretty')
    return pino(
      settings,
      PinoPretty({
        destination: 2,
        sync: true,
        ignore: 'pid,hostname,name,service,traceId',
        messageFormat: '{service}: {msg}',
        translateTime: 'HH:MM:ss.l',
      }),
    );
  return pino(settings, pino.destination({ fd: 2, sync: false }));
}

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
