import type { FaultBook, Occasion } from '../faults/fault.book';
import type { AcceptedRun } from '../intake/run.intake';
import { seededRandom } from '../research/random';
import type { EmulatorSettings } from '../settings';
import type { LedgerRepository } from '../store/ledger.repository';
import type { NewRun, RunTwist, TaskRunRepository } from '../store/task-run.repository';
import { invalid } from '../wire/api-error';
import type { Metadata } from '../wire/task-run';
import type { EmulatorClock } from './emulator.clock';
import type { Ids } from './ids';
import { Places } from './places';
import { processors } from './processor';
import { planRun } from './run.plan';

export interface RunOrder {
  readonly owner: string;
  readonly groupId: string | null;
  /** Its place in the group, or null for a run that shows up later. */
  readonly ordinal: number | null;
  /** Seeds the plan, together with the emulator's seed: the how-manieth run of its group this is. */
  readonly acceptedAs: number;
  readonly visibleAt: number;
  readonly betas: readonly string[];
  readonly accepted: AcceptedRun;
  readonly occasion: Occasion;
  readonly foreign?: { metadata: Metadata | null };
}

/** Writes one accepted run with the plan of its whole life. */
export class RunAcceptance {
  private readonly places = new Map<string, Places>();

  constructor(
    private readonly runs: TaskRunRepository,
    private readonly ledger: LedgerRepository,
    private readonly faults: FaultBook,
    private readonly clock: EmulatorClock,
    private readonly ids: Ids,
    private readonly settings: EmulatorSettings,
  ) {}

  /** Refuses a reference to an earlier run that is not the caller's or not completed. */
  checkReferences(
    owner: string,
    accepted: readonly AcceptedRun[],
    locOf: (index: number) => (string | number)[],
  ): void {
    const issues = accepted.flatMap(({ input }, index) => {
      if (!input.previous_interaction_id) return [];
      const earlier = this.runs.find(input.previous_interaction_id);
      if (earlier?.owner === owner && earlier.status === 'completed') return [];
      const msg = 'No completed interaction with this id';
      return [{ loc: [...locOf(index), 'previous_interaction_id'], msg, type: 'value_error' }];
    });
    if (issues.length > 0) throw invalid(issues);
  }

  accept(order: RunOrder): string {
    const { accepted, groupId, owner } = order;
    const runId = this.ids.run();
    const run: NewRun = {
      runId,
      groupId,
      ordinal: order.ordinal,
      owner,
      status: 'queued',
      processor: accepted.input.processor,
      createdAt: this.clock.now(),
      metadata: order.foreign ? order.foreign.metadata : (accepted.input.metadata ?? null),
      warnings: accepted.warnings,
      specId: accepted.specId,
      betas: order.betas,
      input: accepted.input,
      ...this.plan(order),
    };
    if (accepted.specId && accepted.spec) this.runs.saveSpec(accepted.specId, accepted.spec);
    this.runs.insert(run);
    const { processor, metadata } = run;
    const details = order.foreign ? { processor, metadata, foreign: true } : { processor, metadata };
    this.ledger.add({ kind: 'run', group: groupId, run: runId, key: owner, ...details });
    return runId;
  }

  /** Forgets the places of a group that has nothing left to do. */
  release(groupId: string): void {
    this.places.delete(groupId);
  }

  private plan({ accepted, groupId, acceptedAs, visibleAt, ordinal, occasion }: RunOrder) {
    const places = groupId === null ? new Places(1) : this.placesOf(groupId);
    const stall = this.faults.take('stall_runs', occasion);
    const end = this.faults.take('end_runs', occasion);
    const large = this.faults.take('large_output', occasion);
    const plan = planRun({
      processor: processors.get(accepted.input.processor)!,
      random: seededRandom(this.settings.EMULATOR_SEED, 'plan', String(acceptedAs)),
      readyAt: visibleAt,
      speed: this.settings.EMULATOR_SPEED,
      failingRate: this.settings.EMULATOR_FAILING_RATE,
      occupy: (readyAt, duration) => places.occupy(readyAt, duration),
    });
    const planned = end?.after_seconds === undefined ? plan.finishAt : plan.startAt + end.after_seconds * 1_000;
    const finishAt = planned + (stall?.seconds ?? 0) * 1_000;
    const twist: RunTwist = { message: end?.message, outputBytes: large?.bytes };
    const dueAt = ordinal === null && groupId !== null ? visibleAt : plan.startAt;
    return { startAt: plan.startAt, finishAt, dueAt, ending: end?.status ?? plan.ending, twist };
  }

  private placesOf(groupId: string): Places {
    const capacity = this.settings.EMULATOR_GROUP_CONCURRENCY;
    let places = this.places.get(groupId);
    if (!places) this.places.set(groupId, (places = new Places(capacity, this.runs.busyUntil(groupId, capacity))));
    return places;
  }
}
