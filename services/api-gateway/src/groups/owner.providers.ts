import type { Provider } from '@nestjs/common';
import type { ServiceContext } from '@multitask/platform';
import { NotifyJobRepository, PostgresGroupReader } from '@multitask/read-model';
import { ApiGatewayResources } from '../api-gateway.resources';
import type { ApiGatewaySettings } from '../api-gateway.settings';
import { fetchedRows } from '../create/request-inputs';
import { CommandLog } from './command.log';
import { GroupCommands } from './group.commands';
import { GroupJournal } from './group.journal';
import { Ownership } from './ownership';
import { ProjectionWait } from './projection.wait';
import { WebhookDeliveries } from './webhook.deliveries';

/** Everything behind the commands of a group's owner. */
export function ownerProviders({ config, clock }: ServiceContext<ApiGatewaySettings>): Provider[] {
  const from = <T>(provide: new (...parts: never[]) => T, make: (resources: ApiGatewayResources) => T): Provider => ({
    provide,
    inject: [ApiGatewayResources],
    useFactory: make,
  });
  const limits = { bodyBytes: config.MAX_BODY_BYTES, inputsBytes: config.MAX_INPUTS_BYTES, rows: config.MAX_ROWS };
  return [
    from(Ownership, ({ database, log, vault, upstream }) => {
      const reader = new PostgresGroupReader(database);
      return new Ownership({ reader, commands: new CommandLog(log), vault, upstream });
    }),
    from(GroupCommands, ({ database, log, vault, outbound }) => {
      const rowsOf: ConstructorParameters<typeof GroupCommands>[0]['rowsOf'] = async (inputs) => {
        if (inputs.kind === 'rows') return inputs.rows;
        outbound.assertCallable(inputs.url, 'inputs');
        return fetchedRows(outbound, inputs.url, limits);
      };
      return new GroupCommands({
        log,
        commands: new CommandLog(log),
        vault,
        projection: new ProjectionWait(new PostgresGroupReader(database)),
        rowsOf,
        limits: { rows: config.MAX_ROWS, costUsd: config.MAX_COST_USD },
      });
    }),
    from(GroupJournal, ({ log }) => new GroupJournal(log)),
    from(WebhookDeliveries, ({ database, log, vault }) => {
      const reader = new PostgresGroupReader(database);
      const jobs = new NotifyJobRepository(database);
      return new WebhookDeliveries({
        log,
        reader,
        jobs,
        vault,
        projection: new ProjectionWait(reader),
        now: () => clock.now(),
      });
    }),
  ];
}
