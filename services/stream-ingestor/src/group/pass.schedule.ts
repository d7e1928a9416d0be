/** What there is to be learned from the list of runs. */
export interface PassNeed {
  /** A request was accepted, and which run is whose is not known yet; or nothing may be bought before the list was read. */
  readonly joining: boolean;
  /** A request whose outcome is unknown. */
  readonly unclear: boolean;
  /** Milliseconds until a reading can prove that an unclear key was not bought. */
  readonly proofInMs: number | undefined;
  /** Every run that has not ended here is completed upstream and only its output is missing. */
  readonly onlyOutputsMissing: boolean;
  /** The stream ended, or said something that does not fit. */
  readonly nudged: boolean;
  /** Runs whose end is not known. */
  readonly active: number;
}

/** Waits between readings somebody waits for, while they bring nothing. */
const urgentMs = [0, 500, 1_000, 2_000, 5_000, 10_000, 30_000];
/** Waits between readings that may find an unclear purchase; those that can prove it absent have their own time. */
const unclearMs = [0, 2_000, 10_000, 30_000];
/** Waits between the others, counted from the last purchase: soon, to show what is running, and then rarely. */
const regularMs = [2_000, 15_000, 30_000];
/** Two readings that shall agree should not be the same one. */
const betweenProofsMs = 2_000;
/** A reading that took long is of a large group: it may take a tenth of the time at most. */
const shareOfTime = 10;

/** When to read the list of a group's runs. Times in milliseconds on one monotonic clock. */
export class PassSchedule {
  private lastAt: number | undefined;
  private lastDuration = 0;
  private lastProofAt = Number.NEGATIVE_INFINITY;
  private fruitless = 0;
  private sincePurchase = 0;

  constructor(private readonly startedAt: number) {}

  /** When the next reading is due; undefined when there is no reason for one. */
  nextAt(need: PassNeed, now: number): number | undefined {
    const times: number[] = [];
    if (need.joining || need.nudged || need.onlyOutputsMissing) times.push(this.after(at(urgentMs, this.fruitless)));
    if (need.unclear) {
      times.push(this.after(at(unclearMs, this.fruitless)));
      if (need.proofInMs !== undefined)
        times.push(Math.max(this.lastProofAt + betweenProofsMs, now + Math.max(0, need.proofInMs)));
    }
    if (need.active > 0)
      times.push(this.after(Math.max(at(regularMs, this.sincePurchase), shareOfTime * this.lastDuration)));
    return times.length > 0 ? Math.min(...times) : undefined;
  }

  purchased(): void {
    this.sincePurchase = 0;
    this.fruitless = 0;
  }

  /** `proving`: it was late enough to prove that an unclear purchase was not made. */
  passed(at: number, durationMs: number, what: { broughtFacts: boolean; proving: boolean }): void {
    this.lastAt = at;
    if (what.proving) this.lastProofAt = at;
    this.lastDuration = durationMs;
    this.sincePurchase++;
    this.fruitless = what.broughtFacts ? 0 : this.fruitless + 1;
  }

  private after(waitMs: number): number {
    return (this.lastAt ?? this.startedAt) + waitMs;
  }
}

const at = (waits: readonly number[], tries: number): number => waits[Math.min(tries, waits.length - 1)]!;
