import { randomUUID } from 'node:crypto';
import type { Logger } from '@multitask/platform';
import { PostgresSecretStore, type Vault } from '@multitask/vault';
import { secretIdsOf } from './create.steps';
import { answerOf } from './group-answer';
import type { GroupWriter } from './group.writer';
import { TurnLostError, type OpenRequest, type RequestRepository } from './request.repository';

const everyMs = 60_000;

/** A caller that repeats its call at once is faster than the sweep. */
const silentSeconds = 60;

/** How long a call may be repeated: to be continued, or to get its answer again. */
const keptMs = 24 * 3_600_000;

/**
 * Looks after create requests whose holder died. A group that made it into the log is brought to its end here, because it runs
 * and needs its secrets; any other request stays open for its caller for a day and is then forgotten with its secrets.
 */
export class CreateSweeper {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> = Promise.resolve();

  constructor(
    private readonly requests: RequestRepository,
    private readonly writer: GroupWriter,
    private readonly vault: Vault,
    private readonly now: () => Date,
    private readonly logger: Logger,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => {
      this.running = this.sweep().catch((error: unknown) => this.logger.warn({ err: error }, 'a sweep failed'));
    }, everyMs).unref();
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.running;
  }

  /** One round. Each request stands alone: what fails is tried again in a later round. */
  async sweep(silent: number = silentSeconds): Promise<void> {
    for (const request of await this.requests.abandoned(silent))
      await this.settle(request).catch((error: unknown) => {
        if (error instanceof TurnLostError) return;
        this.logger.warn(
          { err: error, groupId: request.steps.taskgroup_id },
          'a create whose process died could not be settled; trying again later',
        );
      });
    await this.requests.forgetDone(new Date(this.now().getTime() - keptMs));
  }

  private async settle(request: OpenRequest): Promise<void> {
    const steps = await this.requests.takeOver(request, randomUUID());
    if (!steps) return;
    const groupId = steps.taskgroup_id;
    const created = groupId === undefined ? undefined : await this.writer.find(groupId);
    if (groupId !== undefined && created) {
      await this.vault.bind(secretIdsOf(steps), groupId);
      await this.requests.finish(request.id, steps.holder, answerOf(groupId, created));
      this.logger.info({ groupId }, 'finished a create whose process had died');
      return;
    }
    if (request.createdAt.getTime() > this.now().getTime() - keptMs)
      return this.requests.release(request.id, steps.holder);
    await this.requests.forget(request.id, steps.holder, (transaction) =>
      this.vault.on(new PostgresSecretStore(transaction)).destroy(secretIdsOf(steps)),
    );
    this.logger.warn({ groupId }, 'forgot a create that nobody came back to; its upstream group is empty');
  }
}
