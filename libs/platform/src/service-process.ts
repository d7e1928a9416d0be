import { commonSettings, parseSettings, type Environment } from './config';
import { createLogger, type Logger } from './logging';
import type { RunningService, Service } from './service';
import { startService } from './service-runner';

/** How long a stop may take beside DRAIN_MS before it is reported as stuck; Kubernetes' grace period in the chart is longer. */
const stopTimeoutMs = 8_000;

/** From sysexits.h: the process found itself in a state nobody foresaw. */
const softwareError = 70;

/** The whole life of a service process: start, serve, stop on SIGINT or SIGTERM, leave with a code. */
export async function runService<C>(service: Service<C>, env: Environment = process.env): Promise<void> {
  const logger = createLogger(service.name, {
    level: env.LOG_LEVEL || 'info',
    format: env.LOG_FORMAT === 'pretty' ? 'pretty' : 'json',
    file: env.LOG_FILE || undefined,
  });
  leaveOnUnforeseen(logger);
  let running: RunningService | undefined;
  const stop = (signal: NodeJS.Signals) => {
    logger.info({ signal }, 'stopping');
    // Nothing is in hand before the start is over; as the first process of a container nobody would stop it otherwise.
    if (running === undefined) process.exit(signal === 'SIGINT' ? 130 : 143);
    // A second signal means that somebody is out of patience.
    process.once('SIGINT', () => process.exit(130));
    setTimeout(
      () => {
        logger.error(`still busy ${stopTimeoutMs} ms after the stop signal; leaving`);
        process.exit(1);
      },
      drainMsOf(env) + stopTimeoutMs,
    ).unref();
    running.close().then(
      () => process.exit(0),
      (error: unknown) => {
        logger.error({ err: error }, 'stopping failed');
        process.exit(1);
      },
    );
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  try {
    running = await startService(service, env);
  } catch (error) {
    logger.fatal({ err: error }, 'could not start');
    process.exit(1);
  }
}

const drainMsOf = (env: Environment): number => parseSettings(commonSettings, env).DRAIN_MS;

function leaveOnUnforeseen(logger: Logger): void {
  const leave = (what: string) => (error: unknown) => {
    logger.fatal({ err: error }, `${what}; leaving so that a fresh process takes over`);
    process.exit(softwareError);
  };
  process.on('unhandledRejection', leave('a promise was rejected and nobody noticed'));
  process.on('uncaughtException', leave('an error was thrown and nobody caught it'));
}
