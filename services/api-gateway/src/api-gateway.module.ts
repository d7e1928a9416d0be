import { Module, type DynamicModule } from '@nestjs/common';
import { CallerResolver, type ServiceContext } from '@multitask/platform';
import { GroupRepository, PostgresGroupReader } from '@multitask/read-model';
import { Vault } from '@multitask/vault';
import { ApiGatewayResources } from './api-gateway.resources';
import type { ApiGatewaySettings } from './api-gateway.settings';
import { CompletionWaiter } from './create/completion.waiter';
import { CreateController } from './create/create.controller';
import { CreateMetrics } from './create/create.metrics';
import { CreateService } from './create/create.service';
import { CreateWorkflow } from './create/create.workflow';
import { CreateSweeper } from './create/create.sweeper';
import { GroupFollower } from './create/group.follower';
import { GroupWriter } from './create/group.writer';
import { ParallelTaskApi } from './create/parallel.upstream';
import { RequestRepository } from './create/request.repository';
import { renderedResult } from './create/result.source';
import { DocumentsController } from './documents/documents.controller';
import { GroupCommands } from './groups/group.commands';
import { GroupsController } from './groups/groups.controller';
import { LimitsController } from './groups/limits.controller';
import { OwnerController } from './groups/owner.controller';
import { ownerProviders } from './groups/owner.providers';
import { CommandsController } from './groups/commands.controller';
import { GroupHints } from './hooks/group.hints';
import { HookController } from './hooks/hook.controller';
import { API_GATEWAY_SETTINGS, CREATE_METRICS } from './tokens';

@Module({})
export class ApiGatewayModule {
  static with(context: ServiceContext<ApiGatewaySettings>): DynamicModule {
    const { config, logger, metrics, clock } = context;
    return {
      module: ApiGatewayModule,
      controllers: [
        CreateController,
        GroupsController,
        LimitsController,
        CommandsController,
        OwnerController,
        DocumentsController,
        HookController,
      ],
      providers: [
        ...ownerProviders(context),
        { provide: API_GATEWAY_SETTINGS, useValue: config },
        { provide: CREATE_METRICS, useFactory: () => new CreateMetrics(metrics) },
        {
          provide: CallerResolver,
          useFactory: () => new CallerResolver(config.TRUSTED_PROXIES, config.PUBLIC_URL),
        },
        { provide: ApiGatewayResources, useFactory: () => ApiGatewayResources.open(context) },
        {
          provide: RequestRepository,
          inject: [ApiGatewayResources],
          useFactory: ({ database }: ApiGatewayResources) => new RequestRepository(database),
        },
        {
          provide: GroupHints,
          inject: [ApiGatewayResources],
          useFactory: ({ nats }: ApiGatewayResources) => new GroupHints(nats),
        },
        { provide: Vault, inject: [ApiGatewayResources], useFactory: ({ vault }: ApiGatewayResources) => vault },
        {
          provide: GroupRepository,
          inject: [ApiGatewayResources],
          useFactory: ({ database }: ApiGatewayResources) => new GroupRepository(database),
        },
        {
          provide: GroupWriter,
          inject: [ApiGatewayResources],
          useFactory: ({ log }: ApiGatewayResources) => new GroupWriter(log),
        },
        {
          provide: CreateSweeper,
          inject: [RequestRepository, GroupWriter, Vault],
          useFactory: (requests: RequestRepository, writer: GroupWriter, vault: Vault) =>
            new CreateSweeper(requests, writer, vault, () => clock.now(), logger),
        },
        {
          provide: CreateWorkflow,
          inject: [ApiGatewayResources, RequestRepository, GroupWriter],
          useFactory: (resources: ApiGatewayResources, requests: RequestRepository, writer: GroupWriter) =>
            new CreateWorkflow({
              writer,
              requests,
              vault: resources.vault,
              upstream: new ParallelTaskApi(resources.upstream),
              logger,
              settings: { upstream: config.UPSTREAM_KIND, maxCostUsd: config.MAX_COST_USD },
            }),
        },
        {
          provide: GroupFollower,
          inject: [CreateWorkflow, GroupWriter, GroupCommands, ApiGatewayResources],
          useFactory: (
            workflow: CreateWorkflow,
            writer: GroupWriter,
            commands: GroupCommands,
            { log, upstream }: ApiGatewayResources,
          ) => {
            const maxRows = config.MAX_ROWS;
            return new GroupFollower({
              workflow,
              writer,
              commands,
              log,
              maxRows,
              upstream: new ParallelTaskApi(upstream),
            });
          },
        },
        {
          provide: CreateService,
          inject: [CreateWorkflow, GroupFollower, ApiGatewayResources],
          useFactory: (workflow: CreateWorkflow, follower: GroupFollower, { log, outbound }: ApiGatewayResources) =>
            new CreateService(workflow, follower, log, outbound, {
              bodyBytes: config.MAX_BODY_BYTES,
              inputsBytes: config.MAX_INPUTS_BYTES,
              rows: config.MAX_ROWS,
              maxCostUsd: config.MAX_COST_USD,
            }),
        },
        {
          provide: CompletionWaiter,
          inject: [ApiGatewayResources],
          useFactory: ({ database, nats }: ApiGatewayResources) =>
            new CompletionWaiter(new PostgresGroupReader(database), (groupId) => renderedResult(nats, groupId)),
        },
      ],
    };
  }
}
