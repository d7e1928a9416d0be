import multipart from '@fastify/multipart';
import { CallerResolver, type Service, type ServiceContext } from '@multitask/platform';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { ApiGatewayModule } from './api-gateway.module';
import { apiGatewaySettings, type ApiGatewaySettings } from './api-gateway.settings';
import { FormProblemFilter } from './documents/form-problem.filter';
import { endUnreadBody } from './edge/unread-body.hook';
import { requestLimits } from './edge/request-limits.hook';
import { isFormFile } from './paths';

/** A 256 MiB upload at 500 KiB a second; slower bodies are watched by their own rate. */
const requestTimeoutMs = 600_000;

/** Commands over HTTP: creating groups, the documents that explain it, the form page. */
export const apiGateway: Service<ApiGatewaySettings> = {
  name: 'api-gateway',
  config: apiGatewaySettings,
  module: (context) => ApiGatewayModule.with(context),
  http: {
    requestTimeoutMs,
    configure,
    problemFilter: ({ logger }, allowedMethods) => new FormProblemFilter(logger, allowedMethods),
  },
};

async function configure(app: NestFastifyApplication, { config }: ServiceContext<ApiGatewaySettings>): Promise<void> {
  const fastify = app.getHttpAdapter().getInstance();
  // Bodies are read by the handlers, as streams and with limits of their own. Nest adds its parsers unless it knows of one
  // that takes everything; Fastify is then given one that leaves the body alone.
  app.useBodyParser('*' as never);
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('*', (_request: unknown, _body: unknown, done: (error: null) => void) => done(null));
  await app.register(multipart as never);
  const allowed = { perKey: config.RATE_LIMIT_PER_KEY, perAddress: config.RATE_LIMIT_PER_ADDRESS };
  const limited = requestLimits(app.get(CallerResolver), allowed, isFormFile);
  fastify.addHook('onRequest', limited);
  fastify.addHook('onResponse', async (request) => endUnreadBody(request));
}
