import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'pg';

/** What the product says of a log that was set back. */
export interface RepairAccount {
  readonly noticedAt: number;
  readonly doneAt: number | null;
  readonly reason: string;
  readonly report: {
    readonly restoredGroups: number;
    readonly restoredFacts: number;
    readonly distrusted: number;
    readonly lostGroups: readonly string[];
    readonly lostMessages: readonly { partition: string; behind: number; until: number }[];
    readonly losses: Readonly<Record<string, readonly string[]>>;
  } | null;
}

export async function repairsOf(databaseUrl: string): Promise<RepairAccount[]> {
  const client = new Client({ connectionString: databaseUrl, application_name: 'chaos-ledger' });
  await client.connect();
  try {
    const { rows } = await client.query<{ noticed_at: Date; done_at: Date | null; reason: string; report: never }>(
      'select noticed_at, done_at, reason, report from log.repairs order by id',
    );
    return rows.map(({ noticed_at, done_at, reason, report }) => ({
      noticedAt: noticed_at.getTime(),
      doneAt: done_at?.getTime() ?? null,
      reason,
      report,
    }));
  } finally {
    await client.end();
  }
}

/** When each process wrote the line that `words` are in, from `since` on; undefined: never. */
export async function toldAt(
  dataDir: string,
  names: readonly string[],
  words: string,
  since: number,
): Promise<Map<string, number | undefined>> {
  const told = new Map<string, number | undefined>();
  for (const name of names) {
    const text = await readFile(join(dataDir, 'logs', `${name}.log`), 'utf8').catch(() => '');
    const times = text
      .split('\n')
      .filter((line) => line.includes(words))
      .map((line) => timeIn(line))
      .filter((at) => at >= since);
    told.set(name, times[0]);
  }
  return told;
}

function timeIn(line: string): number {
  try {
    const { time } = JSON.parse(line) as { time: number | string };
    return typeof time === 'number' ? time : Date.parse(time);
  } catch {
    return 0;
  }
}
