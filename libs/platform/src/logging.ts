import type { LoggerService } from '@nestjs/common';
import { pino, type DestinationStream, type Logger } from 'pino';
import { PinoPretty } from 'pino-pretty';

export type { Logger } from 'pino';

/** How log lines look: `json` for machines, `pretty` for a terminal. */
export type LogFormat = 'json' | 'pretty';

export interface LogOptions {
  level: string;
  format: LogFormat;
  destination?: DestinationStream;
}

/** Fields that may hold a credential; the census of secrets is in docs/security.md. */
const redactedPaths = ['apiKey', 'api_key', 'headers["x-api-key"]', 'headers.authorization', 'secret', 'webhook_url'];

/** A logger whose every line names its service. Lines go to stderr: stdout belongs to the command's own output. */
export function createLogger(service: string, options: LogOptions): Logger {
  const settings = { name: service, level: options.level, redact: redactedPaths, base: { service } };
  if (options.destination) return pino(settings, options.destination);
  if (options.format === 'pretty')
    return pino(
      settings,
      PinoPretty({
        destination: 2,
        sync: true,
        ignore: 'pid,hostname,name,service',
        messageFormat: '{service}: {msg}',
        translateTime: 'HH:MM:ss.l',
      }),
    );
  return pino(settings, pino.destination({ fd: 2, sync: false }));
}

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
