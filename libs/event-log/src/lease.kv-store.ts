import { randomBytes } from 'node:crypto';
import {
  jetstream,
  JetStreamApiError,
  StorageType,
  type JetStreamClient,
  type JetStreamPublishOptions,
  type PubAck,
} from '@nats-io/jetstream';
import { Kvm } from '@nats-io/kv';
import { headers as newHeaders, type NatsConnection } from '@nats-io/transport-node';
import type { Logger } from '@multitask/platform';
import { errorCodes } from './jetstream.errors';
import { KvLease } from './lease.kv';
import type { Lease, LeaseStore } from './lease-store';
import { isMarker, markerHeaders, readValue, type LeaseTerms } from './lease.value';
import { Reconnects } from './reconnects';
import { answerTimeoutMs, persistently, StoredMessages } from './stored.messages';

const bucket = 'multitask-leases';
const stream = `KV_${bucket}`;
const subjectPrefix = `$KV.${bucket}.`;
/** Told outside the bucket: there, it would stand among hundreds of renewals a second. */
const handOverPrefix = `${bucket}.handed-over.`;

/** Whatever happens to single messages' lifetimes, nothing stays longer: lost markers would add up. */
const longestStayMs = 120_000;
/** How often due renewals are looked for: spreads 2,000 leases' renewals instead of sending them at once. */
const tickMs = 100;

export interface LeaseOptions {
  readonly replicas: number;
  /** Default 15,000; at least 1,000, whole seconds. */
  readonly ttlMs?: number;
  /** Default a third of `ttlMs`. */
  readonly renewMs?: number;
  readonly logger?: Logger;
}

/**
 * Leases as keys with a time to live in a bucket that is kept in memory: losing it costs takeovers, nothing else. All leases
 * of a process are renewed by one timer; a renewal is one small publish.
 */
export class KvLeaseStore implements LeaseStore {
  private readonly held = new Map<string, KvLease>();
  private readonly timer: NodeJS.Timeout;

  private constructor(
    private readonly connection: NatsConnection,
    private readonly client: JetStreamClient,
    private readonly stored: StoredMessages,
    private readonly reconnects: Reconnects,
    private readonly terms: LeaseTerms,
    private readonly makeBucket: () => Promise<void>,
  ) {
    this.timer = setInterval(() => this.tick(), Math.min(tickMs, terms.renewMs / 2)).unref();
  }

  /** Waits for a server that is not ready. */
  static async open(connection: NatsConnection, options: LeaseOptions): Promise<KvLeaseStore> {
    const ttlMs = options.ttlMs ?? 15_000;
    const terms = { ttlMs, renewMs: options.renewMs ?? ttlMs / 3 };
    const client = jetstream(connection, { timeout: answerTimeoutMs });
    const kept = { storage: StorageType.Memory, history: 1, ttl: longestStayMs, markerTTL: 1_000 };
    const makeBucket = async () => {
      await new Kvm(client).create(bucket, { ...kept, replicas: options.replicas });
    };
    await persistently(makeBucket, options.logger);
    const reconnects = new Reconnects(connection);
    const stored = new StoredMessages(connection, await client.jetstreamManager(false), stream, reconnects, 0);
    return new KvLeaseStore(connection, client, stored, reconnects, terms, makeBucket);
  }

  async acquire(key: string, holder: string): Promise<Lease | undefined> {
    const token = randomBytes(9).toString('base64url');
    const startedAt = Date.now();
    const free = await this.write(key, { holder, token }, 0);
    if (free !== undefined) return this.hold(key, holder, token, free, startedAt);
    const current = await this.stored.last(subjectPrefix + key);
    // Expired in between: the next try of the caller gets it.
    if (!current) return undefined;
    const value = isMarker(current) ? undefined : readValue(current);
    if (value && value.holder !== holder) return undefined;
    const reclaimedAt = Date.now();
    const revision = await this.write(key, { holder, token }, current.seq);
    return revision === undefined ? undefined : this.hold(key, holder, token, revision, reclaimedAt);
  }

  async holders(family?: string): Promise<ReadonlyMap<string, string>> {
    const filter = `${subjectPrefix}${family === undefined ? '' : `${family}.`}>`;
    const holders = new Map<string, string>();
    for (let next = 1; ;) {
      const run = await this.stored.run(filter, next);
      if (run.length === 0) return holders;
      for (const message of run) {
        next = message.seq + 1;
        const value = isMarker(message) ? undefined : readValue(message);
        if (value) holders.set(message.subject.slice(subjectPrefix.length), value.holder);
      }
    }
  }

  onHandOver(family: string, callback: (key: string) => void): () => void {
    const subscription = this.connection.subscribe(`${handOverPrefix}${family}.>`, {
      callback: (error, message) => {
        if (!error) callback(message.subject.slice(handOverPrefix.length));
      },
    });
    return () => subscription.unsubscribe();
  }

  /** Stops renewing without giving the leases back: what a crash looks like to others. */
  close(): void {
    clearInterval(this.timer);
    for (const lease of this.held.values()) lease.lose();
    this.held.clear();
  }

  private hold(key: string, holder: string, token: string, revision: number, since: number): KvLease {
    this.held.get(key)?.lose();
    const lease = new KvLease(key, { holder, token }, revision, since, this.terms, {
      write: (value, expected) => this.write(key, value, expected),
      read: () => this.stored.last(subjectPrefix + key),
      remove: (expected) => this.remove(key, expected),
      tellHandOver: () => this.connection.publish(handOverPrefix + key),
      forget: (gone) => {
        if (this.held.get(key) === gone) this.held.delete(key);
      },
    });
    this.held.set(key, lease);
    return lease;
  }

  private tick(): void {
    for (const lease of this.held.values()) lease.tick();
  }

  /** The new revision, or undefined when the key has another one than expected. */
  private async write(key: string, value: object, expected: number): Promise<number | undefined> {
    try {
      const { seq } = await this.publish(key, JSON.stringify(value), {
        expect: { lastSubjectSequence: expected },
        ttl: `${Math.ceil(this.terms.ttlMs / 1_000)}s`,
      });
      return seq;
    } catch (error) {
      if (isRevisionConflict(error)) return undefined;
      // A server that was restarted has forgotten a bucket in memory, and all leases with it.
      if (nobodyThere(error)) await this.reconnects.answer(this.makeBucket);
      throw error;
    }
  }

  private publish(key: string, body: string, options: Partial<JetStreamPublishOptions>): Promise<PubAck> {
    return this.reconnects.answer(() => this.client.publish(subjectPrefix + key, body, options));
  }

  private async remove(key: string, expected: number): Promise<void> {
    const headers = newHeaders();
    for (const [name, value] of markerHeaders) headers.set(name, value);
    await this.client.publish(subjectPrefix + key, '', {
      headers,
      expect: { lastSubjectSequence: expected },
      ttl: '1s',
    });
  }
}

const isRevisionConflict = (error: unknown): boolean =>
  error instanceof JetStreamApiError &&
  (error.code === errorCodes.wrongLastSequence || error.code === errorCodes.wrongLastSequenceInFlight);

const nobodyThere = (error: unknown): boolean => error instanceof Error && error.name === 'JetStreamNotEnabled';
