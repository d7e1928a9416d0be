import type { EventOf, RecordedEvent } from '@multitask/contracts';
import { sql, type Kysely, type Transaction } from 'kysely';
import type { SnapshotPosition } from '../group.reader';
import type { Database } from '../tables/database.table';
import { planLoads, type LoadPlan } from './batch.plan';
import { foldBatch, type FoldResult } from './group.fold';
import { loadHeaders, saveHeaders, type SavedGroup } from './groups.repository';
import { projectJobs } from './jobs.projection';
import { forgetGroups, insertFollowed, loadRows, saveRows } from './rows.repository';
import { commitStagedRows, forgetBatches, stagedChunks, stageRows } from './staged-rows.repository';

/** A message that cannot be applied, to be kept for a person. */
export interface PoisonEvent {
  readonly groupId: string;
  readonly seq: number;
  readonly reason: string;
  readonly raw: string;
}

export interface ProjectionBatch {
  readonly events: readonly RecordedEvent[];
  readonly poison: readonly PoisonEvent[];
  /** Position after the batch, and a hash of the message there. */
  readonly until: { readonly seq: number; readonly fingerprint: string | null };
}

/** Somebody else moved the checkpoint: drop the batch and read again from where it is now. */
export class CheckpointMovedError extends Error {
  override readonly name = 'CheckpointMovedError';
}

/**
 * Projects partitions of the log into the read model, each event exactly once. A batch costs the same dozen statements
 * whether its events are of one group or of five hundred.
 */
export class PartitionProjection {
  constructor(private readonly db: Kysely<Database>) {}

  /** Writes the batch's rows and moves the checkpoint from `from` in one transaction. Throws {@link CheckpointMovedError}. */
  async apply(partition: string, from: SnapshotPosition, batch: ProjectionBatch): Promise<void> {
    await this.db.transaction().execute(async (trx) => {
      await moveCheckpoint(trx, partition, from, batch.until);
      await park(trx, partition, batch.poison);
      await stageRows(trx, batch.events.filter(isRowsAccepted));
      const plans = planLoads(batch.events).filter((plan) => !plan.events.every(isRowsAccepted));
      if (plans.length > 0) await save(trx, await fold(trx, plans));
    });
  }
}

async function fold(trx: Transaction<Database>, plans: readonly LoadPlan[]): Promise<FoldResult[]> {
  const headers = await loadHeaders(
    trx,
    plans.map((plan) => plan.groupId),
  );
  const rows = await loadRows(
    trx,
    plans.filter((plan) => headers.has(plan.groupId)),
  );
  const staged = await stagedChunks(trx, plans);
  return plans.map((plan) => {
    const { groupId } = plan;
    return foldBatch(plan, headers.get(groupId), rows.get(groupId) ?? [], staged.get(groupId) ?? []);
  });
}

async function save(trx: Transaction<Database>, results: readonly FoldResult[]): Promise<void> {
  const known = results.filter((result): result is FoldResult & SavedGroup => result.header !== undefined);
  const [expired, alive] = [known.filter(isExpired), known.filter((result) => !isExpired(result))];
  await saveHeaders(trx, known);
  await commitStagedRows(
    trx,
    alive.flatMap((result) => result.committedParts),
  );
  await insertFollowed(trx, alive);
  await saveRows(trx, alive);
  await forgetBatches(
    trx,
    alive.flatMap(({ groupId, committedBatches }) => committedBatches.map((batchId) => ({ groupId, batchId }))),
  );
  await forgetGroups(
    trx,
    expired.map((result) => result.groupId),
  );
  await projectJobs(
    trx,
    known.flatMap((result) => result.folded),
  );
}

const isExpired = (result: FoldResult): boolean => Boolean(result.header?.expiredAt);

const isRowsAccepted = (event: RecordedEvent): event is EventOf<'RowsAccepted'> & RecordedEvent =>
  event.name === 'RowsAccepted';

async function moveCheckpoint(
  trx: Transaction<Database>,
  partition: string,
  from: SnapshotPosition,
  until: ProjectionBatch['until'],
): Promise<void> {
  const moved = await trx
    .updateTable('read.checkpoint')
    .set({ seq: until.seq, fingerprint: until.fingerprint, moved_at: sql`now()` })
    .where('partition', '=', partition)
    .where('incarnation', '=', from.incarnation)
    .where('seq', '=', from.seq)
    .executeTakeFirst();
  if (moved.numUpdatedRows !== 1n) throw new CheckpointMovedError(`partition ${partition} is no longer at ${from.seq}`);
}

async function park(trx: Transaction<Database>, partition: string, poison: readonly PoisonEvent[]): Promise<void> {
  if (poison.length === 0) return;
  await trx
    .insertInto('read.parked_events')
    .values(
      poison.map((event) => ({
        partition,
        seq: event.seq,
        group_id: event.groupId,
        reason: event.reason,
        raw: event.raw.replaceAll('\0', ''),
      })),
    )
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}
