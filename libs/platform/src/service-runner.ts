import 'reflect-metadata';
import { setTimeout as sleep } from 'node:timers/promises';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { BusinessClock } from './business-clock';
import { commonSettings, parseSettings, type Environment } from './config';
import { Health } from './health';
import { httpAdapter } from './http/http-adapter';
import { ProblemFilter } from './http/problem.filter';
import { observeRequests } from './http/request-metrics';
import { createLogger, NestLogger } from './logging';
import { Metrics } from './metrics';
import { startOperationsServer } from './operations-server';
import type { RunningService, Service, ServiceContext, StartOptions } from './service';

const mebibyte = 1024 * 1024;

/** Milliseconds that requests under way get after listening has ended; streams to readers never end on their own. */
const requestGraceMs = 3_000;

/** Builds and starts one service in this process. When it cannot start, nothing of it is left behind. */
export async function startService<C>(
  service: Service<C>,
  env: Environment,
  options: StartOptions = {},
): Promise<RunningService> {
  const common = parseSettings(commonSettings, env);
  const config = parseSettings(service.config, env);
  const logger = createLogger(service.name, {
    level: common.LOG_LEVEL,
    format: common.LOG_FORMAT,
    file: common.LOG_FILE,
  });
  const health = new Health();
  const metrics = new Metrics(service.name, { processMetrics: options.processMetrics ?? true });
  const clock = new BusinessClock(common.MULTITASK_TEST_CLOCK);
  const operations = await startOperationsServer({ host: common.HOST, port: common.OPS_PORT, health, metrics });
  const leave = async () => {
    clock.stop();
    await operations.close();
  };
  let app: NestFastifyApplication | undefined;
  try {
    app = await createApplication(service, { config, logger, health, metrics, clock });
    if (service.http) await app.listen(common.PORT, common.HOST);
    else await app.init();
  } catch (error) {
    await app?.close().catch((closing: unknown) => logger.warn({ err: closing }, 'closing what had started failed'));
    await leave();
    throw error;
  }
  const running = app;
  const port = service.http && (running.getHttpServer().address() as { port: number }).port;
  health.markStarted();
  logger.info({ port, opsPort: operations.port }, 'started');

  const stop = async () => {
    health.markDraining();
    await sleep(common.DRAIN_MS);
    const cut = setTimeout(() => running.getHttpServer().closeAllConnections(), requestGraceMs);
    try {
      await running.close();
    } finally {
      clearTimeout(cut);
      await leave();
    }
    logger.info('stopped');
  };
  let stopped: Promise<void> | undefined;
  return { name: service.name, port, opsPort: operations.port, health, close: () => (stopped ??= stop()) };
}

async function createApplication<C>(service: Service<C>, context: ServiceContext<C>): Promise<NestFastifyApplication> {
  const { adapter, allowedMethods } = httpAdapter({
    bodyLimit: service.http?.bodyLimit ?? mebibyte,
    requestTimeoutMs: service.http?.requestTimeoutMs ?? 120_000,
    headersTimeoutMs: service.http?.headersTimeoutMs ?? 15_000,
  });
  if (service.http) {
    observeRequests(adapter.getInstance(), context.metrics);
    // A proxy's next request on this connection could come just when it is closed.
    adapter.getInstance().addHook('onRequest', (_, reply, done) => {
      if (context.health.isDraining) reply.header('connection', 'close');
      done();
    });
  }
  const app = await NestFactory.create<NestFastifyApplication>(service.module(context), adapter, {
    logger: new NestLogger(context.logger),
    abortOnError: false,
    bodyParser: service.http !== undefined,
  });
  if (service.http) {
    // Of several global filters the one added last is asked first, so a service may add its own in `configure`.
    const filter = service.http.problemFilter?.(context, allowedMethods);
    app.useGlobalFilters(filter ?? new ProblemFilter(context.logger, allowedMethods));
    await service.http.configure?.(app, context);
  }
  return app;
}
