import { setTimeout as sleep } from 'node:timers/promises';
import type { Stage } from './stage';

/** Resolves when the projector has reached this position of the group. */
export async function untilInReadModel(stage: Stage, databaseUrl: string, groupId: string, seq: number): Promise<void> {
  const client = await stage.client(databaseUrl);
  for (;;) {
    const { rows } = await client.query('select 1 from read.groups where id = $1 and seq >= $2', [groupId, seq]);
    if (rows.length > 0) return;
    await sleep(20);
  }
}
