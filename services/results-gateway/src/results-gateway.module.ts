import { Module, type DynamicModule } from '@nestjs/common';
import { CallerResolver, type ServiceContext } from '@multitask/platform';
import { ExportTurns } from './export/export.turns';
import { GroupExports } from './export/group.export';
import { SpoolSpace } from './export/spool.space';
import { SqliteFiles } from './export/sqlite.files';
import { GroupSource } from './group/group.source';
import { LossBook } from './group/loss.book';
import { RowSource } from './group/row.source';
import { OutageWatch } from './outage/outage.watch';
import { AssetController } from './pages/asset.controller';
import { GroupsController } from './pages/groups.controller';
import { AssetStore } from './pages/page-assets';
import { ResultPresenter } from './pages/result.presenter';
import { ResultController } from './result.controller';
import { ResultsGatewayResources } from './results-gateway.resources';
import type { ResultsGatewaySettings } from './results-gateway.settings';
import { RpcController } from './rpc/rpc.controller';
import { StatusController } from './status.controller';
import { ReaderPlaces } from './stream/reader.places';
import { StreamMetrics } from './stream/stream.metrics';
import { StreamService } from './stream/stream.service';
import { TailRegistry } from './stream/tail.registry';
import { LOGGER } from './tokens';

@Module({})
export class ResultsGatewayModule {
  static with(
    context: ServiceContext<ResultsGatewaySettings>,
    open: typeof ResultsGatewayResources.open = (given) => ResultsGatewayResources.open(given),
  ): DynamicModule {
    const { config, logger, metrics } = context;
    return {
      module: ResultsGatewayModule,
      // Fixed paths before the one that takes any name.
      controllers: [AssetController, GroupsController, StatusController, ResultController, RpcController],
      providers: [
        { provide: LOGGER, useValue: logger },
        { provide: AssetStore, useFactory: () => new AssetStore() },
        { provide: ResultsGatewayResources, useFactory: () => open(context) },
        {
          provide: GroupSource,
          inject: [ResultsGatewayResources, OutageWatch],
          useFactory: ({ reader, log, losses }: ResultsGatewayResources, outage: OutageWatch) =>
            new GroupSource(reader, log, logger, () => outage.isCatchingUp, new LossBook(losses)),
        },
        {
          provide: RowSource,
          inject: [GroupSource, ResultsGatewayResources],
          useFactory: (source: GroupSource, { log }: ResultsGatewayResources) => new RowSource(source, log),
        },
        {
          provide: OutageWatch,
          inject: [ResultsGatewayResources],
          useFactory: ({ log, askDatabase }: ResultsGatewayResources) =>
            new OutageWatch({ log: () => log.state(), database: askDatabase }, logger),
        },
        {
          provide: ResultPresenter,
          inject: [GroupSource, AssetStore, OutageWatch],
          useFactory: (source: GroupSource, assets: AssetStore, outage: OutageWatch) => {
            const exports = new GroupExports(source, new ExportTurns(), new SpoolSpace());
            const files = new SqliteFiles(exports, () => outage.notice);
            return new ResultPresenter(source, exports, files, assets, outage, revision);
          },
        },
        {
          provide: StreamService,
          inject: [GroupSource, ResultsGatewayResources, OutageWatch],
          useFactory: (source: GroupSource, { log }: ResultsGatewayResources, outage: OutageWatch) => {
            const streamMetrics = new StreamMetrics(metrics);
            const tails = new TailRegistry({ source, log, logger, spillSpace: new SpoolSpace(spillBytes) }, (count) =>
              streamMetrics.tails.set(count),
            );
            const places = new ReaderPlaces({
              all: config.STREAM_MAX_READERS,
              perAddress: config.STREAM_MAX_READERS_PER_ADDRESS,
            });
            const callers = new CallerResolver(config.TRUSTED_PROXIES, undefined);
            const beat = config.STREAM_HEARTBEAT_MS;
            return new StreamService(source, tails, log, outage, streamMetrics, logger, places, callers, beat);
          },
        },
      ],
    };
  }
}

/** Part of every ETag: raise it when a format changes. */
const revision = '2';

/** Of frames for readers that were away, on disk: a quarter of what a pod has under /tmp, beside what exports take. */
const spillBytes = 512 * 1024 * 1024;
