/** What came of one order. */
export type Outcome<Result> = { readonly value: Result } | { readonly error: unknown };

export interface GatheringOptions<Order> {
  /** Orders of different groups are never done together. */
  readonly groupOf?: (order: Order) => string;
  /** Orders for the same thing are done one after the other. */
  readonly keyOf?: (order: Order) => string;
  /** How much of a change an order is; default 1. */
  readonly weightOf?: (order: Order) => number;
}

interface Waiting<Order, Result> {
  readonly order: Order;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

interface Group<Order, Result> {
  waiting: Waiting<Order, Result>[];
  underWay: number;
}

/** Of a change, and of changes at a time: smaller changes, or more of them at a time, did fewer tasks a second where 8 workers claim 10 each (B5). */
const mostAtOnce = 100;
const changesUnderWay = 2;

/**
 * Orders that come while others are under way wait for those, and are then done together: eight workers that complete at the same
 * moment cost one change and not eight. Who comes alone waits for nobody. What is refused to one of them is done for the others.
 */
export class Gathering<Order, Result> {
  private readonly groups = new Map<string, Group<Order, Result>>();

  constructor(
    private readonly doAll: (orders: readonly Order[]) => Promise<readonly Outcome<Result>[]>,
    private readonly options: GatheringOptions<Order> = {},
  ) {}

  do(order: Order): Promise<Result> {
    return new Promise((resolve, reject) => {
      const name = this.options.groupOf?.(order) ?? '';
      const group = this.groups.get(name) ?? { waiting: [], underWay: 0 };
      this.groups.set(name, group);
      group.waiting.push({ order, resolve, reject });
      // A moment later: who was woken by the same change comes along.
      void Promise.resolve().then(() => this.next(name, group));
    });
  }

  private next(name: string, group: Group<Order, Result>): void {
    if (group.waiting.length === 0 && group.underWay === 0) this.groups.delete(name);
    if (group.waiting.length === 0 || group.underWay >= changesUnderWay) return;
    const together = this.taken(group);
    group.underWay++;
    const end = (settle: (one: Waiting<Order, Result>, i: number) => void) => {
      group.underWay--;
      together.forEach(settle);
      this.next(name, group);
    };
    this.doAll(together.map(({ order }) => order)).then(
      (outcomes) =>
        end(({ resolve, reject }, i) => {
          const outcome = outcomes[i]!;
          if ('error' in outcome) reject(outcome.error);
          else resolve(outcome.value);
        }),
      (error: unknown) => end(({ reject }) => reject(error)),
    );
  }

  /** The longest waiting first; whoever does not fit stays in his place. */
  private taken(group: Group<Order, Result>): Waiting<Order, Result>[] {
    const { keyOf, weightOf = () => 1 } = this.options;
    const keys = new Set<string>();
    const together: Waiting<Order, Result>[] = [];
    let weight = 0;
    group.waiting = group.waiting.filter((one) => {
      const key = keyOf?.(one.order);
      const grown = weight + weightOf(one.order);
      if ((together.length > 0 && grown > mostAtOnce) || (key !== undefined && keys.has(key))) return true;
      if (key !== undefined) keys.add(key);
      weight = grown;
      together.push(one);
      return false;
    });
    return together;
  }
}
