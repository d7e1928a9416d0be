import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Transport, type MicroserviceOptions } from '@nestjs/microservices';
import type { Service, ServiceContext } from '@multitask/platform';
import type { FastifyInstance } from 'fastify';
import { redirectCommands } from './http/command.redirect';
import { NegotiatedProblemFilter } from './http/negotiated-problem.filter';
import { setResponseHeaders } from './http/response-headers';
import { AssetStore } from './pages/page-assets';
import { ResultsGatewayModule } from './results-gateway.module';
import { resultsGatewaySettings, type ResultsGatewaySettings } from './results-gateway.settings';

/** Every format of a result, live and at rest. */
export const resultsGateway: Service<ResultsGatewaySettings> = {
  name: 'results-gateway',
  config: resultsGatewaySettings,
  module: (context) => ResultsGatewayModule.with(context),
  http: {
    problemFilter: ({ logger }, allowedMethods) =>
      new NegotiatedProblemFilter(logger, allowedMethods, new AssetStore().page),
    configure,
  },
};

async function configure(
  app: NestFastifyApplication,
  { config }: ServiceContext<ResultsGatewaySettings>,
): Promise<void> {
  const fastify = app.getHttpAdapter().getInstance() as unknown as FastifyInstance;
  setResponseHeaders(fastify);
  redirectCommands(fastify);
  app.connectMicroservice<MicroserviceOptions>(
    {
      transport: Transport.NATS,
      options: {
        servers: config.NATS_URL.split(',').map((server) => server.trim()),
        name: 'results-gateway-rpc',
        // Each request is answered by one replica.
        queue: 'results-gateway',
        maxReconnectAttempts: -1,
        waitOnFirstConnect: true,
      },
    },
    { inheritAppConfig: false },
  );
  await app.startAllMicroservices();
}
