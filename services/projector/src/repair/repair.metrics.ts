import type { Metrics } from '@multitask/platform';
import type { RepairReport } from './log.repair';

/** What is told of a log that was set back. */
export class RepairMetrics {
  private readonly setBack;
  private readonly repairs;
  private readonly facts;
  private readonly lostGroups;
  private readonly seconds;

  constructor(metrics: Metrics) {
    this.setBack = metrics.gauge('projector_log_set_back', 'Whether the log is another one than was projected', []);
    this.repairs = metrics.counter('projector_log_repairs_total', 'Repairs of the log by this replica', ['result']);
    this.facts = metrics.counter('projector_log_restored_facts_total', 'Facts told the log again', []);
    this.lostGroups = metrics.counter('projector_log_lost_groups_total', 'Groups of which nothing is left', []);
    this.seconds = metrics.gauge('projector_log_repair_seconds', 'How long the last repair took', []);
  }

  noticed(): void {
    this.setBack.set({}, 1);
  }

  trusted(): void {
    this.setBack.set({}, 0);
  }

  repaired({ restoredFacts, lostGroups, lostMessages, losses }: RepairReport, seconds: number): void {
    const isLoss = lostGroups.length + lostMessages.length + Object.keys(losses).length > 0;
    this.repairs.inc({ result: isLoss ? 'with_losses' : 'whole' });
    this.facts.inc({}, restoredFacts);
    this.lostGroups.inc({}, lostGroups.length);
    this.seconds.set({}, seconds);
    this.trusted();
  }
}
