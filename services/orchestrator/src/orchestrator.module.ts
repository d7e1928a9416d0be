import { Module, type DynamicModule } from '@nestjs/common';
import { CallerResolver, type ServiceContext } from '@multitask/platform';
import { TokenBook } from './access/token.book';
import { TokenRate } from './access/token.rate';
import { OperationService } from './operations/operation.service';
import { OperationsController } from './operations/operations.controller';
import { OrchestratorResources } from './orchestrator.resources';
import type { OrchestratorSettings } from './orchestrator.settings';
import { PageController } from './page/page.controller';
import { RunViews } from './page/run.view';
import { RpcController } from './rpc/rpc.controller';
import { LOGGER, ORCHESTRATOR_SETTINGS } from './tokens';

@Module({})
export class OrchestratorModule {
  static with(context: ServiceContext<OrchestratorSettings>): DynamicModule {
    const { config, logger } = context;
    return {
      module: OrchestratorModule,
      controllers: [OperationsController, PageController, RpcController],
      providers: [
        { provide: ORCHESTRATOR_SETTINGS, useValue: config },
        { provide: LOGGER, useValue: logger },
        {
          provide: TokenBook,
          useFactory: () => {
            const rate = new TokenRate(config.ORCHESTRATION_REQUESTS_PER_MINUTE);
            return new TokenBook(config.OPERATOR_TOKEN, config.ORCHESTRATION_TOKENS, rate);
          },
        },
        { provide: CallerResolver, useFactory: () => new CallerResolver(config.TRUSTED_PROXIES, config.PUBLIC_URL) },
        { provide: OrchestratorResources, useFactory: () => OrchestratorResources.open(context) },
        {
          provide: OperationService,
          inject: [OrchestratorResources],
          useFactory: ({ operations }: OrchestratorResources) => operations,
        },
        {
          provide: RunViews,
          inject: [OrchestratorResources],
          useFactory: ({ engine }: OrchestratorResources) => new RunViews(engine),
        },
      ],
    };
  }
}
