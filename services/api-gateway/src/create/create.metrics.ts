import { MultitaskError } from '@multitask/contracts';
import type { Metrics } from '@multitask/platform';
import { withStoreFaultNamed } from '../edge/store.faults';

/** How creating goes: by outcome (`created` or an error's code), how many rows, how long. */
export class CreateMetrics {
  private readonly creates;
  private readonly rows;
  private readonly duration;

  constructor(metrics: Metrics) {
    this.creates = metrics.counter('creates_total', 'Create requests by outcome', ['outcome']);
    this.rows = metrics.counter('rows_accepted_total', 'Rows of created groups');
    this.duration = metrics.histogram('create_duration_seconds', 'From the request to its answer', ['outcome']);
  }

  async observe<T extends { num_inputs: number }>(work: () => Promise<T>): Promise<T> {
    const startedAt = performance.now();
    const done = (outcome: string): void => {
      this.creates.inc({ outcome });
      this.duration.observe({ outcome }, (performance.now() - startedAt) / 1_000);
    };
    try {
      const answer = await work();
      done('created');
      this.rows.inc(answer.num_inputs);
      return answer;
    } catch (thrown) {
      const error = withStoreFaultNamed(thrown);
      done(MultitaskError.is(error) ? error.code : 'internal');
      throw error;
    }
  }
}
