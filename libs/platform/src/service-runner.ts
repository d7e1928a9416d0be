import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { BusinessClock } from './business-clock';
import { commonSettings, parseSettings, type Environment } from './config';
import { Health } from './health';
import { httpAdapter } from './http/http-adapter';
import { ProblemFilter } from './http/problem.filter';
import { createLogger, NestLogger } from './logging';
import { Metrics } from './metrics';
import { startOperationsServer } from './operations-server';
import type { RunningService, Service, ServiceContext, StartOptions } from './service';

const mebibyte = 1024 * 1024;

/** How long a stop may take before it is reported as stuck; Kubernetes' grace period in the chart is longer. */
const stopTimeoutMs = 8_000;

/** Builds and starts one service in this process. */
export async function startService<C>(
  service: Service<C>,
  env: Environment,
  options: StartOptions = {},
): Promise<RunningService> {
  const common = parseSettings(commonSettings, env);
  const config = parseSettings(service.config, env);
  const logger = createLogger(service.name, { level: common.LOG_LEVEL, format: common.LOG_FORMAT });
  const health = new Health();
  const metrics = new Metrics(service.name, { processMetrics: options.processMetrics ?? true });
  const clock = new BusinessClock(common.MULTITASK_TEST_CLOCK);
  const context: ServiceContext<C> = { config, logger, health, metrics, clock };

  const operations = await startOperationsServer({ host: common.HOST, port: common.OPS_PORT, health, metrics });
  const { adapter, allowedMethods } = httpAdapter({
    bodyLimit: service.http?.bodyLimit ?? mebibyte,
    requestTimeoutMs: service.http?.requestTimeoutMs ?? 120_000,
  });
  const app = await NestFactory.create<NestFastifyApplication>(service.module(context), adapter, {
    logger: new NestLogger(logger),
    abortOnError: false,
    bodyParser: service.http !== undefined,
  });
  let port: number | undefined;
  if (service.http) {
    // Of several global filters the one added last is asked first, so a service may add its own in `configure`.
    app.useGlobalFilters(new ProblemFilter(logger, allowedMethods));
    await service.http.configure?.(app, context);
    await app.listen(common.PORT, common.HOST);
    port = (app.getHttpServer().address() as { port: number }).port;
  } else {
    await app.init();
  }
  health.markStarted();
  logger.info({ port, opsPort: operations.port }, 'started');

  let closing: Promise<void> | undefined;
  const close = () =>
    (closing ??= (async () => {
      health.markDraining();
      await app.close();
      clock.stop();
      await operations.close();
    })());
  return { name: service.name, port, opsPort: operations.port, health, close };
}

/** The whole life of a service process: start, serve, stop on SIGINT or SIGTERM, leave with a code. */
export async function runService<C>(service: Service<C>, env: Environment = process.env): Promise<void> {
  const logger = createLogger(service.name, {
    level: env.LOG_LEVEL ?? 'info',
    format: env.LOG_FORMAT === 'pretty' ? 'pretty' : 'json',
  });
  process.on('unhandledRejection', (error) => {
    logger.fatal(
      { err: error },
      'a promise was rejected and nobody noticed; leaving so that a fresh process takes over',
    );
    process.exit(70);
  });
  try {
    const running = await startService(service, env);
    const stop = () => {
      setTimeout(() => {
        logger.error(`still busy ${stopTimeoutMs} ms after the stop signal; leaving`);
        process.exit(1);
      }, stopTimeoutMs).unref();
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
  } catch (error) {
    logger.fatal({ err: error }, 'could not start');
    process.exit(1);
  }
}
