import type { LogEntry } from '@multitask/event-log';
import type { Metrics } from '@multitask/platform';

interface Lag {
  events: number;
  /** When the oldest known event that is not applied was stored. */
  since: number | undefined;
}

/** What the projector tells of itself; lag is per partition, and only of partitions held here. */
export class ProjectorMetrics {
  private readonly lagEvents;
  private readonly lagSeconds;
  private readonly held;
  private readonly batches;
  private readonly events;
  private readonly parkedEvents;
  private readonly collisions;
  private readonly lags = new Map<string, Lag>();

  constructor(metrics: Metrics) {
    this.lagEvents = metrics.gauge('projector_lag_events', 'Messages of the partition not projected yet', [
      'partition',
    ]);
    this.lagSeconds = metrics.gauge('projector_lag_seconds', 'Age of the oldest one', ['partition']);
    this.held = metrics.gauge('projector_held', 'Whether this replica projects the partition', ['partition']);
    this.batches = metrics.counter('projector_batches_total', 'Transactions committed', ['partition']);
    this.events = metrics.counter('projector_events_total', 'Messages projected', ['partition']);
    this.parkedEvents = metrics.counter('projector_parked_events_total', 'Events that could not be projected', [
      'partition',
    ]);
    this.collisions = metrics.counter(
      'projector_collisions_total',
      'Batches dropped because another projector was faster',
      ['partition'],
    );
  }

  hold(partition: string): void {
    this.held.set({ partition }, 1);
    this.lags.set(partition, { events: 0, since: undefined });
  }

  behind(partition: string, entries: readonly LogEntry[]): void {
    const [first] = entries;
    const since = first?.kind === 'event' ? Date.parse(first.event.time) : Date.now();
    this.lags.set(partition, { events: entries.length + (entries.at(-1)?.pending ?? 0), since });
    this.refresh();
  }

  applied(partition: string, entries: readonly LogEntry[]): void {
    const last = entries.at(-1);
    const pending = last?.pending ?? 0;
    const since = pending > 0 && last?.kind === 'event' ? Date.parse(last.event.time) : undefined;
    this.lags.set(partition, { events: pending, since });
    this.batches.inc({ partition });
    this.events.inc({ partition }, entries.length);
  }

  parked(partition: string): void {
    this.parkedEvents.inc({ partition });
  }

  collided(partition: string): void {
    this.collisions.inc({ partition });
  }

  forget(partition: string): void {
    this.lags.delete(partition);
    this.held.remove({ partition });
    this.lagEvents.remove({ partition });
    this.lagSeconds.remove({ partition });
  }

  /** The age grows by itself while nothing is applied: called each second. */
  refresh(): void {
    for (const [partition, { events, since }] of this.lags) {
      this.lagEvents.set({ partition }, events);
      this.lagSeconds.set({ partition }, since === undefined ? 0 : Math.max(0, (Date.now() - since) / 1_000));
    }
  }
}
