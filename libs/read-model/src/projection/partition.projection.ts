import type { EventOf, RecordedEvent } from '@multitask/contracts';
import { sql, type Kysely, type Transaction } from 'kysely';
import type { SnapshotPosition } from '../group.reader';
import type { Database } from '../tables/database.table';
import { planLoads, type LoadPlan } from './batch.plan';
import { foldBatch } from './group.fold';
import { loadHeaders, saveHeaders } from './groups.repository';
import { projectJobs } from './jobs.projection';
import { forgetRows, loadRows, saveRows } from './rows.repository';
import { commitStagedRows, forgetStagedRows, stagedChunks, stageRows } from './staged-rows.repository';

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

/** Projects partitions of the log into the read model, each event exactly once. */
export class PartitionProjection {
  constructor(private readonly db: Kysely<Database>) {}

  /** Writes the batch's rows and moves the checkpoint from `from` in one transaction. Throws {@link CheckpointMovedError}. */
  async apply(partition: string, from: SnapshotPosition, batch: ProjectionBatch): Promise<void> {
    await this.db.transaction().execute(async (trx) => {
      await moveCheckpoint(trx, partition, from, batch.until);
      await park(trx, partition, batch.poison);
      await stageRows(trx, batch.events.filter(isRowsAccepted));
      const plans = planLoads(batch.events);
      if (plans.length === 0) return;
      const headers = await loadHeaders(
        trx,
        plans.map((plan) => plan.groupId),
      );
      for (const plan of plans) await this.applyToGroup(trx, plan, headers);
    });
  }

  private async applyToGroup(
    trx: Transaction<Database>,
    plan: LoadPlan,
    headers: Awaited<ReturnType<typeof loadHeaders>>,
  ): Promise<void> {
    if (plan.events.every(isRowsAccepted)) return;
    const header = headers.get(plan.groupId);
    const rows = header ? await loadRows(trx, plan) : [];
    const staged = await stagedChunks(trx, plan.groupId, [...plan.committed]);
    const result = foldBatch(plan, header, rows, staged);
    if (!result.view) return;
    const { rows: _, ...folded } = result.view;
    await saveHeaders(trx, [folded]);
    if (folded.expiredAt) {
      await forgetRows(trx, plan.groupId);
      await forgetStagedRows(trx, plan.groupId, 'all');
    } else {
      await commitStagedRows(trx, plan.groupId, result.committedParts);
      await saveRows(trx, plan.groupId, result.changedRows);
      await forgetStagedRows(trx, plan.groupId, result.committedBatches);
    }
    await projectJobs(trx, result.folded);
  }
}

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
