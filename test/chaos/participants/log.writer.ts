import { createHash, randomBytes } from 'node:crypto';
import { connect, headers, type NatsConnection } from '@nats-io/transport-node';

/** Messages that wait for their acknowledgement at the same time. */
const underWay = 400;

const partitions = 16;

/** The partition of a group: FNV-1a of its id, modulo 16, in two digits. */
export function partitionOf(group: string): string {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(group)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return String(hash % partitions).padStart(2, '0');
}

interface Fact {
  readonly group: string;
  readonly writer: 'command' | 'ingest';
  readonly type: string;
  readonly data: object;
}

/** Writes whole lives of groups into the raw log, past the product: so much that it would take hours to buy. */
export async function writeGroups(url: string, count: number, rows: number): Promise<string[]> {
  const connection = await connect({ servers: url, name: 'chaos-writer' });
  try {
    const groups = Array.from({ length: count }, () => `tgrp_${randomBytes(16).toString('hex')}`);
    for (const group of groups) await inWindow(lifeOf(group, rows), (fact) => publish(connection, fact));
    return groups;
  } finally {
    await connection.close();
  }
}

/** In the order of the log within a group; answers are only waited for when too many are missing. */
async function inWindow(facts: readonly Fact[], publish: (fact: Fact) => Promise<void>): Promise<void> {
  for (let from = 0; from < facts.length; from += underWay)
    await Promise.all(facts.slice(from, from + underWay).map(publish));
}

async function publish(connection: NatsConnection, { group, writer, type, data }: Fact): Promise<void> {
  const described = headers();
  described.set('ce-specversion', '1.0');
  described.set('ce-id', `${randomBytes(12).toString('base64url')}.0`);
  described.set('ce-type', `multitask.${type}.v1`);
  described.set('ce-source', 'chaos');
  const subject = `multitask.${partitionOf(group)}.${group}.${writer}`;
  const answer = await connection.request(subject, JSON.stringify(data), { headers: described, timeout: 20_000 });
  const { error } = answer.json<{ error?: { description: string } }>();
  if (error) throw new Error(`the log refused a message: ${error.description}`);
}

/** A group from its creation to its completion: two reports for each row. */
function lifeOf(group: string, rows: number): Fact[] {
  const numbers = Array.from({ length: rows }, (_, row) => row);
  const runOf = (row: number) => `trun_${createHash('sha256').update(`${group} ${row}`).digest('hex').slice(0, 32)}`;
  const command = (type: string, data: object): Fact => ({ group, writer: 'command', type, data });
  const ingest = (type: string, data: object): Fact => ({ group, writer: 'ingest', type, data });
  const inputs = numbers.map((row) => ({ city: `City ${row} of ${group}`, number: row }));
  const report = (row: number, status: string, output?: object) =>
    ingest('run.updated', { key: `${row}.1`, run: { run_id: runOf(row), status }, ...(output && { output }) });
  return [
    command('rows.accepted', { batch_id: 'b', first_row: 0, inputs }),
    command('group.created', {
      ...{ batch_id: 'b', row_count: rows, generation: 1, credential_id: 'none', owner_fingerprint: 'nobody' },
      ...{ warnings: [], origin: 'http://127.0.0.1', upstream: 'emulator', estimated_cost_usd: null },
      spec: { processor: 'lite', output: { type: 'auto' }, ttl_days: 30 },
    }),
    ingest('ingest.started', { holder: 'chaos', lease_revision: 1 }),
    ingest('runs.added', { batch: 1, runs: numbers.map((row) => ({ key: `${row}.1`, run_id: runOf(row) })) }),
    ...numbers.map((row) => report(row, 'running')),
    ...numbers.map((row) => report(row, 'completed', { type: 'json', content: { population: row }, basis: [] })),
    ingest('group.completed', { generation: 1, counts: { completed: rows } }),
  ];
}
