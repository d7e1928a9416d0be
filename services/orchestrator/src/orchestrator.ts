import { Transport, type MicroserviceOptions } from '@nestjs/microservices';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Service, ServiceContext } from '@multitask/platform';
import type { FastifyInstance } from 'fastify';
import { OrchestratorModule } from './orchestrator.module';
import { PageProblemFilter } from './page/page-problem.filter';
import { orchestratorSettings, type OrchestratorSettings } from './orchestrator.settings';

/** Runs, tasks, leases and context over REST and request/reply, with the feed of what happens and a page to look at it. */
export const orchestrator: Service<OrchestratorSettings> = {
  name: 'orchestrator',
  config: orchestratorSettings,
  module: (context) => OrchestratorModule.with(context),
  http: {
    configure,
    problemFilter: ({ logger }, allowedMethods) => new PageProblemFilter(logger, allowedMethods),
  },
};

async function configure(app: NestFastifyApplication, { config }: ServiceContext<OrchestratorSettings>): Promise<void> {
  const fastify = app.getHttpAdapter().getInstance() as unknown as FastifyInstance;
  // Bodies are parsed by the handlers, which know what may be in them. Nest adds its parsers unless it knows of one that takes
  // everything.
  app.useBodyParser('*' as never);
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body));
  fastify.addHook('onRequest', (_request, reply, done) => {
    reply.headers({
      'x-content-type-options': 'nosniff',
      'x-robots-tag': 'noindex, nofollow',
      'referrer-policy': 'no-referrer',
    });
    done();
  });
  app.connectMicroservice<MicroserviceOptions>(
    {
      transport: Transport.NATS,
      options: {
        servers: config.NATS_URL.split(',').map((server) => server.trim()),
        name: 'orchestrator-rpc',
        // Each request is answered by one replica.
        queue: 'orchestrator',
        maxReconnectAttempts: -1,
        waitOnFirstConnect: true,
      },
    },
    { inheritAppConfig: false },
  );
  await app.startAllMicroservices();
}
