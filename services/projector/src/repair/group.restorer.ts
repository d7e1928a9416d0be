import { randomUUID } from 'node:crypto';
import { event, eventKinds, type GroupEvent } from '@multitask/contracts';
import { FenceRefusedError, splitForAppend, type EventLog } from '@multitask/event-log';
import type { GroupReader, NotifyJobRepository } from '@multitask/read-model';
import {
  applyToView,
  decideDistrust,
  decideRestore,
  emptyFold,
  evolve,
  initialGroup,
  lossesOf,
  passUnreadable,
  type GroupFold,
  type GroupView,
  type IngestGroup,
} from '@multitask/task-group';

export interface Restored {
  /** Facts that were stored again. */
  readonly facts: number;
  /** What was kept of the group and could not be told the log again, in sentences. */
  readonly losses: readonly string[];
}

/** A holder that does not know yet that it is none writes on until it is refused: few times. */
const attempts = 20;
const holder = 'repair of the log';

/** Tells the log again what it lost of one group and the read model still holds. Done twice, it changes nothing. */
export class GroupRestorer {
  constructor(
    private readonly log: EventLog,
    private readonly kept: Pick<GroupReader, 'snapshot'>,
    private readonly jobs: Pick<NotifyJobRepository, 'webhooksOf'>,
  ) {}

  async restore(groupId: string): Promise<Restored> {
    const kept = await this.keptOf(groupId);
    return this.fenced(async () => {
      const { fold, last } = await this.read(groupId);
      const options = { now: new Date().toISOString(), newBatchId: randomUUID };
      const facts = kept ? decideRestore(kept, fold.view, options) : [];
      await this.append(groupId, takenOver(facts), last);
      const restored = facts.length > 0 ? await this.read(groupId) : { fold };
      return { facts: facts.length, losses: kept ? lossesOf(kept, restored.fold.view) : [] };
    });
  }

  /** Takes the group from whoever holds it, and lets nobody buy a row before the list of runs was read. False: it has ended. */
  async distrust(groupId: string): Promise<boolean> {
    return this.fenced(async () => {
      const { state, last } = await this.read(groupId);
      const facts = decideDistrust(state, { holder, deadline: new Date().toISOString() });
      await this.append(groupId, facts, last);
      return facts.length > 0;
    });
  }

  private async keptOf(groupId: string): Promise<GroupView | undefined> {
    const found = await this.kept.snapshot(groupId);
    if (found?.view.webhook !== 'pending') return found?.view;
    // The notifier writes down what it did before the log's word of it is projected.
    const [webhook] = await this.jobs.webhooksOf(groupId, 1);
    const isTold = webhook?.isDone && webhook.generation === found.view.generation;
    return isTold ? { ...found.view, webhook: 'delivered' } : found.view;
  }

  private async read(groupId: string): Promise<{ fold: GroupFold; state: IngestGroup; last: number }> {
    const fold = emptyFold(groupId);
    const state = initialGroup(groupId);
    // Asked before: what comes later is refused by the fence.
    const last = await this.log.lastSeq(groupId);
    for await (const entry of this.log.readGroup(groupId)) {
      if (entry.kind === 'event') {
        applyToView(fold, entry.event);
        evolve(state, entry.event);
      } else passUnreadable(state, entry.message.seq);
    }
    return { fold, state, last };
  }

  private async append(groupId: string, facts: readonly GroupEvent[], last: number): Promise<void> {
    let seq = last;
    for (const run of runsOfOneWriter(facts))
      for (const portion of splitForAppend(run))
        ({ lastSeq: seq } = await this.log.append(groupId, portion, { of: 'group', seq }));
  }

  private async fenced<T>(work: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++)
      try {
        return await work();
      } catch (error) {
        if (!(error instanceof FenceRefusedError) || attempt === attempts) throw error;
      }
  }
}

/** Whoever held the group is refused before anything is told in his place. */
function takenOver(facts: readonly GroupEvent[]): GroupEvent[] {
  const first = facts.findIndex(({ name }) => eventKinds[name].writer === 'ingest');
  return first < 0 ? [...facts] : facts.toSpliced(first, 0, event('IngestStarted', { holder, lease_revision: 0 }));
}

/** One append has one writer; the order of the facts stays. */
function runsOfOneWriter(facts: readonly GroupEvent[]): GroupEvent[][] {
  const runs: GroupEvent[][] = [];
  for (const fact of facts) {
    const open = runs.at(-1);
    if (open && eventKinds[open[0]!.name].writer === eventKinds[fact.name].writer) open.push(fact);
    else runs.push([fact]);
  }
  return runs;
}
