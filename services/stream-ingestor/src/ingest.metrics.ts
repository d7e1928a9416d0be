import type { Metrics } from '@multitask/platform';

/** What can be seen of the ingestor from outside. */
export class IngestMetrics {
  readonly lag;
  readonly groupsHeld;
  readonly groupsOpen;
  readonly otherReplicas;
  readonly groupsBlocked;
  readonly batches;
  readonly streamReconnects;
  readonly listings;
  readonly appendsRefused;
  readonly takeovers;
  readonly surplusRuns;

  constructor(metrics: Metrics) {
    this.lag = metrics.histogram(
      'ingest_lag_seconds',
      'From the moment the upstream says a run changed until that is in the log',
    );
    this.groupsHeld = metrics.gauge('ingest_leases_held', 'Groups this process holds');
    this.groupsOpen = metrics.gauge('ingest_open_groups', 'Groups that are not complete, as the last scan saw them');
    this.otherReplicas = metrics.gauge('ingest_other_replicas', 'Other ingestors that are alive, as the last scan saw');
    this.groupsBlocked = metrics.gauge('ingest_blocked_groups', 'Held groups where nothing moves', ['reason']);
    this.batches = metrics.counter('ingest_batches_total', 'Paid requests by what became of them', ['outcome']);
    this.streamReconnects = metrics.counter(
      'ingest_stream_reconnects_total',
      'Event streams of the upstream that ended, by how',
      ['reason'],
    );
    this.listings = metrics.counter('ingest_listings_total', 'Readings of all runs of a group, by result', ['result']);
    this.appendsRefused = metrics.counter('ingest_appends_refused_total', 'Appends the log did not take, by reason', [
      'reason',
    ]);
    this.takeovers = metrics.counter('ingest_takeovers_total', 'Groups taken over by this process');
    this.surplusRuns = metrics.counter('ingest_surplus_runs_total', 'Runs upstream that are no row of ours', [
      'reason',
    ]);
  }
}
