import type { OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import type { ServiceContext } from '@multitask/platform';
import { IngestMetrics } from './ingest.metrics';
import { openResources, type IngestorResources } from './ingestor.resources';
import type { IngestorSettings } from './stream-ingestor.settings';
import { FellowWatch } from './work/fellow.watch';
import { GroupHolder } from './work/group.holder';
import { listenForHints } from './work/hint.listener';
import { WorkFinder } from './work/work.finder';

/** The whole service: finds groups, holds them, and gives them back when it stops. */
export class Ingestor implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly stopping = new AbortController();
  private working: Promise<unknown> | undefined;
  private readonly holder: GroupHolder;
  private readonly finder: WorkFinder;
  private readonly fellows: FellowWatch;

  constructor(
    context: ServiceContext<IngestorSettings>,
    private readonly resources: IngestorResources,
  ) {
    const { config, logger, clock } = context;
    const metrics = new IngestMetrics(context.metrics);
    this.holder = new GroupHolder({
      ...resources,
      name: config.SERVICE_INSTANCE,
      maxGroups: config.INGEST_MAX_GROUPS,
      policy: config.policy,
      requestsPerMinute: config.INGEST_REQUESTS_PER_MINUTE,
      metrics,
      logger,
      now: () => clock.now().getTime(),
    });
    this.fellows = new FellowWatch({
      ...resources,
      name: config.SERVICE_INSTANCE,
      leaseMs: config.LEASE_SECONDS * 1_000,
      logger,
    });
    // What a holder knows of a log that was set back must not be acted upon any more.
    resources.trust.onLost(() => this.holder.letGo('the log was set back'));
    listenForHints(resources.nats, this.holder);
    this.finder = new WorkFinder({
      ...resources,
      holder: this.holder,
      fellows: this.fellows,
      scanMs: config.INGEST_SCAN_SECONDS * 1_000,
      logger,
      onScan: (open, others) => {
        metrics.groupsOpen.set(open);
        metrics.otherReplicas.set(others);
      },
    });
  }

  static async open(context: ServiceContext<IngestorSettings>): Promise<Ingestor> {
    return new Ingestor(context, await openResources(context));
  }

  onApplicationBootstrap(): void {
    const { signal } = this.stopping;
    this.working = Promise.all([this.finder.run(signal), this.fellows.run(signal)]);
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    await this.holder.handOver();
    // What the finder still waits for may be a database that is away; closing the connections ends that.
    await Promise.all([this.working, this.resources.close()]);
  }
}
