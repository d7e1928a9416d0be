import type { ChangeSet } from './change-set';
import type { OrchestrationStore, OrchestrationTransaction } from './orchestration.store';
import { isPlaced } from '../engine/placement';

/** What a committed change means to those who wait. */
export interface Stir {
  /** Runs that something happened to. */
  readonly runIds: readonly string[];
  /** The kind of each task that can be claimed now. */
  readonly readyKinds: readonly string[];
}

/** The same store, and `onStir` is told of every change once it is committed. */
export const watched = (store: OrchestrationStore, onStir: (stir: Stir) => void): OrchestrationStore => ({
  read: store.read,
  close: () => store.close(),
  async transaction<T>(work: (tx: OrchestrationTransaction) => Promise<T>): Promise<T> {
    let changes: ChangeSet[] = [];
    const result = await store.transaction((tx) => {
      // A transaction that is run again starts from nothing.
      changes = [];
      return work(recording(tx, changes));
    });
    const stir = stirOf(changes);
    if (stir.runIds.length > 0) onStir(stir);
    return result;
  },
});

function recording(tx: OrchestrationTransaction, changes: ChangeSet[]): OrchestrationTransaction {
  const save = async (change: ChangeSet) => {
    await tx.save(change);
    changes.push(change);
  };
  // Inherits everything else, whatever the class of the transaction is.
  return Object.create(tx, { save: { value: save } }) as OrchestrationTransaction;
}

function stirOf(changes: readonly ChangeSet[]): Stir {
  const runIds = new Set(changes.flatMap(({ facts = [] }) => facts.map(({ runId }) => runId)));
  const ready = changes.flatMap(({ tasks = [] }) =>
    tasks.filter(({ after, turn }) => turn !== undefined && isPlaced(after)),
  );
  return { runIds: [...runIds], readyKinds: ready.map(({ after }) => after.kind) };
}
