import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { Client } from 'pg';
import type { House } from '../house';
import type { PlannedGroup, RoundProgress } from '../round';
import { until } from '../waiting';
import type { Scene } from './scenario';
import { inStoreHouse, type Disturb, type OutageRound } from './store-outage';

const logBytes = 20 * 1024 * 1024;
/** No group has this partition: nobody reads what lies there. */
const ballastSubject = 'multitask.99.ballast.part';

const small = (afterMs: number): PlannedGroup => ({ afterMs, rows: 3, readers: 0, pollMs: 1_000, repeated: false });
const large = (afterMs: number): PlannedGroup => ({ afterMs, rows: 200, readers: 5, pollMs: 1_000, repeated: false });
const load = (seconds: number): PlannedGroup[] => [
  large(0),
  large(500),
  ...Array.from({ length: seconds }, (_, second) => small(2_000 + second * 1_000)),
];

/**
 * The log at its limit, a Postgres that takes no writes, and no room on the disk of NATS: new work is refused before it is
 * accepted, what was accepted is untouched, and everything goes on by itself once there is room.
 */
export async function storesFullScenario(scene: Scene): Promise<void> {
  await inStoreHouse({ ...scene, env: { LOG_MAX_BYTES: String(logBytes) } }, async (house, play) => {
    await fillLog(house, 0.785);
    await round(scene, play, 'log full', 'nats', fullLog, 30, 'log_full');
    await round(scene, play, 'postgres read-only', 'postgres', readOnly, 35, 'not_ready');
  });
  const disk = new SmallDisk();
  try {
    await inStoreHouse({ ...scene, prepare: (dataDir) => disk.mount(join(dataDir, 'nats')) }, async (_, play) => {
      await round(scene, play, 'disk of nats full', 'nats', fullDisk(disk), 65, 'not_ready');
    });
  } catch (error) {
    if (!(error instanceof NoDiskError)) throw error;
    scene.reporter.leaveOut('disk of nats full', 'only root on Linux may mount a disk of its own');
  }
}

type Play = Parameters<Parameters<typeof inStoreHouse>[1]>[1];

async function round(
  { reporter }: Scene,
  play: Play,
  name: string,
  store: 'nats' | 'postgres',
  disturb: Disturb,
  seconds: number,
  code: string,
): Promise<void> {
  const result = await play(name, disturb, { groups: load(seconds), deadlineMs: 240_000, store });
  const refused = refusalsDuring(result, code);
  reporter.check(`${name}: creates are refused`, refused > 0 ? undefined : `none was answered ${code}`);
  const note = refused > 0 ? `${refused} creates answered ${code}` : `creates were answered ${answersDuring(result)}`;
  await reporter.round({ scenario: 'stores-full', service: store, name, hit: [], note, ...result });
}

/** Whatever creates were refused with, how often. */
function answersDuring({ ledger }: OutageRound): string {
  const answers = ledger.groups.flatMap(({ refusals }) => refusals);
  const codes = answers.map(({ status, body }) => `${status} ${/"code":"(\w+)"/.exec(body)?.[1] ?? body.slice(0, 80)}`);
  return (
    [...Map.groupBy(codes, (code) => code)].map(([code, all]) => `${code} ${all.length} times`).join(', ') || '201'
  );
}

function refusalsDuring({ ledger, outages }: OutageRound, code: string): number {
  const [outage] = outages;
  return ledger.groups
    .flatMap(({ refusals }) => refusals)
    .filter(
      ({ at, status, body }) =>
        outage &&
        at >= outage.at - 5_000 &&
        at <= outage.readyAt &&
        status === 503 &&
        body.includes(`"code":"${code}"`),
    ).length;
}

/** The groups accepted before it was full are finished while it is; then room is made, and the others are accepted. */
const fullLog: Disturb = async ({ product }, progress) => {
  const accepted = await until('two large groups', () => largeOnes(progress), { timeoutMs: 60_000 });
  const at = Date.now();
  const isDone = async (url: string) => {
    const answer = await fetch(`${url}/status`);
    const { status } = (await answer.json()) as { status: { is_active: boolean } };
    return !status.is_active;
  };
  for (const { answers } of accepted)
    await until('what was accepted is finished', () => isDone(answers[0]!.url), { timeoutMs: 90_000, everyMs: 300 });
  await sleep(1_000);
  await onLog(product.natsUrl, async ({ manager }) => {
    await manager.streams.purge('MULTITASK', { filter: ballastSubject });
  });
  return [{ at, readyAt: Date.now(), pid: await product.pidOf('nats') }];
};

function largeOnes({ groups }: RoundProgress) {
  const found = groups.filter(({ inputs }) => inputs.length > 100);
  return found.length >= 2 ? found : undefined;
}

const readOnly: Disturb = async ({ product }) => {
  await sleep(8_000);
  const client = new Client({ connectionString: product.databaseUrl, application_name: 'chaos-ledger' });
  await client.connect();
  const become = async (state: 'on' | 'off') => {
    await client.query('set default_transaction_read_only = off');
    await client.query(`alter system set default_transaction_read_only = ${state}`);
    await client.query('select pg_reload_conf()');
  };
  try {
    const at = Date.now();
    await become('on');
    await sleep(20_000);
    await become('off');
    return [{ at, readyAt: Date.now(), pid: await product.pidOf('postgres') }];
  } finally {
    await client.end();
  }
};

const fullDisk =
  (disk: SmallDisk): Disturb =>
  async ({ product }) => {
    await sleep(8_000);
    const at = Date.now();
    const ballast = join(disk.folder, 'ballast');
    // Longer than anybody tries again: creates must be refused. More comes free by itself now and then.
    for (let second = 0; second < 45; second++) {
      const { bavail, bsize } = statfsSync(disk.folder);
      if (bavail > 0) fill(ballast, bavail * bsize);
      await sleep(1_000);
    }
    rmSync(ballast, { force: true });
    return [{ at, readyAt: Date.now(), pid: await product.pidOf('nats') }];
  };

function fill(file: string, bytes: number): void {
  const piece = Buffer.alloc(64 * 1024);
  try {
    for (let written = 0; written < bytes; written += piece.length) writeFileSync(file, piece, { flag: 'a' });
  } catch {
    // Full.
  }
}

class NoDiskError extends Error {
  override readonly name = 'NoDiskError';
}

/** A small file system of its own for the data of NATS, and of nothing else; only root may make one. */
class SmallDisk {
  folder = '';

  /** Answers how to be rid of it. */
  mount(folder: string): () => void {
    this.folder = folder;
    mkdirSync(folder);
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=96m', 'tmpfs', folder], { stdio: 'ignore' });
    } catch (error) {
      throw new NoDiskError('no disk could be mounted', { cause: error });
    }
    let mounted = true;
    const release = () => {
      if (!mounted) return;
      mounted = false;
      // Lazily: whoever is told to stop in the middle leaves it to processes that are still stopping.
      execFileSync('umount', ['-l', folder]);
    };
    process.once('exit', release);
    return release;
  }
}

/** Brings the log to this share of its limit with messages that belong to no group. */
async function fillLog({ product }: House, share: number): Promise<void> {
  await onLog(product.natsUrl, async ({ client, manager }) => {
    const piece = Buffer.alloc(100_000);
    for (;;) {
      const { state, config } = await manager.streams.info('MULTITASK');
      if (state.bytes + piece.length > share * config.max_bytes) return;
      await client.publish(ballastSubject, piece);
    }
  });
}

async function onLog(
  url: string,
  work: (log: {
    client: ReturnType<typeof jetstream>;
    manager: Awaited<ReturnType<typeof jetstreamManager>>;
  }) => Promise<void>,
): Promise<void> {
  const connection = await connect({ servers: url, name: 'chaos-ledger' });
  try {
    await work({ client: jetstream(connection), manager: await jetstreamManager(connection) });
  } finally {
    await connection.close();
  }
}
