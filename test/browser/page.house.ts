import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { apiGateway } from '@multitask/api-gateway';
import type { GroupEvent } from '@multitask/contracts';
import { connectNats, openJetStreamLog, type EventLog } from '@multitask/event-log';
import { freePort } from '@multitask/local-infrastructure';
import { notifier } from '@multitask/notifier';
import { parallelEmulator } from '@multitask/parallel-emulator';
import { createLogger, startService, type RunningService } from '@multitask/platform';
import { projector } from '@multitask/projector';
import { openFrontDoor, Targets } from '@multitask/standalone';
import { createTestDatabase, eventually, GroupStory, startTestNats } from '@multitask/testing';
import { newMasterKey } from '@multitask/vault';

const quiet = createLogger('test', { level: 'silent', format: 'json' });
const gatewayEntry = resolve(__dirname, '../../services/results-gateway/dist/main.js');

/**
 * What stands behind a page: both gateways behind one front door, a projector, an upstream. The results-gateway is a process of
 * its own that can be killed; what happens to groups is written into the log by hand.
 */
export class PageHouse {
  private gateway: ChildProcess | undefined;
  private readonly told = new WeakMap<GroupStory, number>();

  private constructor(
    readonly origin: string,
    readonly log: EventLog,
    private readonly env: Record<string, string>,
    private readonly gatewayPort: number,
    /** Ends the upstream for good. */
    readonly stopUpstream: () => Promise<void>,
    private readonly closing: () => Promise<void>,
  ) {}

  /** `notifies`: webhooks are sent, and groups that are deleted go. */
  static async open({ notifies = false } = {}): Promise<PageHouse> {
    const [nats, database] = await Promise.all([startTestNats(), createTestDatabase()]);
    const common = { PORT: '0', OPS_PORT: '0', LOG_LEVEL: 'silent' };
    const services: RunningService[] = [];
    const start = async <C>(service: Parameters<typeof startService<C>>[0], env: Record<string, string>) => {
      const running = await startService(service, { ...common, ...env }, { processMetrics: false });
      services.unshift(running);
      return running.port!;
    };
    const emulator = await start(parallelEmulator, { EMULATOR_SPEED: '2000' });
    const [upstream] = services;
    const env = {
      NATS_URL: nats.url,
      DATABASE_URL: database.url,
      PARALLEL_BASE_URL: `http://127.0.0.1:${emulator}`,
      // As with the real one: whoever commands shows a key.
      UPSTREAM_KIND: 'custom',
      VAULT_MASTER_KEY: newMasterKey(),
      MULTITASK_ALLOW_PRIVATE_URLS: 'true',
    };
    const targets = new Targets();
    const gatewayPort = await freePort();
    targets.set('api-gateway', [{ host: '127.0.0.1', port: await start(apiGateway, env) }]);
    targets.set('results-gateway', [{ host: '127.0.0.1', port: gatewayPort }]);
    await start(projector, { ...env, SERVICE_INSTANCE: 'one' });
    if (notifies) await start(notifier, { ...env, NOTIFIER_POLL_MS: '20', EXPIRY_INTERVAL_MS: '100' });
    const door = await openFrontDoor({ host: '127.0.0.1', port: 0, targets, logger: quiet });
    const connection = await connectNats({ servers: nats.url, name: 'test', logger: quiet });
    const log = await openJetStreamLog(connection, { replicas: 1, logger: quiet });
    const stopUpstream = async () => void (await services.splice(services.indexOf(upstream!), 1)[0]?.close());
    const house = new PageHouse(`http://127.0.0.1:${door.port}`, log, env, gatewayPort, stopUpstream, async () => {
      await house.kill();
      await door.close();
      await connection.close();
      for (const service of services) await service.close();
      await Promise.all([nats.stop(), database.drop()]);
    });
    await house.startGateway().catch(async (error: unknown) => {
      await house.close();
      throw error;
    });
    return house;
  }

  /** A group that nobody knows yet. */
  story = (): GroupStory => new GroupStory(newGroupId(), Date.now() - 60_000);

  /** Writes what the story has told since the last time; where its page is. */
  async tell(story: GroupStory): Promise<string> {
    const from = this.told.get(story) ?? 0;
    this.told.set(story, story.events.length);
    await this.append(story.groupId, story.events.slice(from));
    return `${this.origin}/${story.groupId}`;
  }

  /** Facts behind what the log already has of a group. */
  async append(groupId: string, facts: readonly GroupEvent[]): Promise<void> {
    for (const { name, data } of facts) await this.log.append(groupId, [{ name, data } as GroupEvent], 'any');
  }

  /** As `kill -9` does it. */
  async kill(): Promise<void> {
    const { gateway } = this;
    this.gateway = undefined;
    if (!gateway || gateway.exitCode !== null || gateway.signalCode !== null) return;
    const exited = once(gateway, 'exit');
    gateway.kill('SIGKILL');
    await exited;
  }

  async startGateway(): Promise<void> {
    const env = { ...process.env, ...this.env, PORT: String(this.gatewayPort), OPS_PORT: '0', LOG_LEVEL: 'fatal' };
    const gateway = spawn(process.execPath, [gatewayEntry], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    this.gateway = gateway;
    let said = '';
    for (const output of [gateway.stdout, gateway.stderr])
      output.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-4_000)));
    const left = once(gateway, 'exit').then(([code]) => {
      if (this.gateway === gateway) throw new Error(`results-gateway left with ${code}: ${said}`);
    });
    const answers = eventually(async () => (await fetch(`${this.origin}/${newGroupId()}/status`)).status === 404, {
      timeoutMs: 60_000,
    });
    await Promise.race([answers, left]);
    left.catch(() => undefined);
  }

  /** A group made over HTTP with this key, which is its owner from then on. */
  async create(key: string, body: object): Promise<string> {
    const answer = await fetch(`${this.origin}/v1beta/tasks/multitask`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json', 'x-api-key': key },
      body: JSON.stringify(body),
    });
    const made = (await answer.json()) as { taskgroup_id: string };
    if (answer.status !== 201) throw new Error(JSON.stringify(made));
    return made.taskgroup_id;
  }

  close = (): Promise<void> => this.closing();
}

export const newGroupId = (): string => `tgrp_${randomBytes(16).toString('hex')}`;
