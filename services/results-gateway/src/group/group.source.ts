import { MultitaskError } from '@multitask/contracts';
import type { EventLog } from '@multitask/event-log';
import type { Logger } from '@multitask/platform';
import type { GroupReader, OpenSnapshot, SnapshotPosition } from '@multitask/read-model';
import {
  applyToView,
  emptyFold,
  type GroupFold,
  type GroupHeader,
  type GroupView,
  type RowView,
} from '@multitask/task-group';
import type { LossBook } from './loss.book';
import { SharedFolds } from './shared.folds';
import { ToldPositions } from './told.positions';

/** A group at one position, and the incarnation of the log that the position belongs to. */
export interface FoundGroup<T extends GroupHeader = GroupView> {
  readonly view: T;
  readonly incarnation: string;
  readonly from: 'read model' | 'log';
}

/** A group at one position whose rows are read piece by piece. */
export interface OpenGroup extends Pick<FoundGroup, 'incarnation' | 'from'> {
  readonly header: GroupHeader;
  /** Rows from number `from` on, at most `limit`; fewer than that when there are no more. */
  read(from: number, limit: number): Promise<readonly RowView[]>;
  /** Must follow, and soon: the database keeps a snapshot for it. May be called again. */
  close(): Promise<void>;
}

/**
 * Where readers' groups come from: the read model, and the log for what the projector has not reached yet, while Postgres is
 * away, and until the read model has caught up with what was told meanwhile. Throws `group_not_found`, `group_expired`, and `not_ready` when neither can be asked.
 */
export class GroupSource {
  private readonly told = new ToldPositions();
  private readonly folds = new SharedFolds((groupId) => this.folded(groupId));

  constructor(
    private readonly reader: GroupReader,
    private readonly log: EventLog,
    private readonly logger: Logger,
    /** Whether the read model was away a moment ago: what another replica told from the log meanwhile is not known here. */
    private readonly isCatchingUp: () => boolean = () => false,
    private readonly losses: Pick<LossBook, 'warningsOf' | 'lostOn'> = nothingLost,
  ) {}

  async header(groupId: string): Promise<FoundGroup<GroupHeader>> {
    const found = await this.ask(groupId, () => this.reader.header(groupId));
    if (!found) return this.fromLog(groupId);
    return this.fromReadModel(found.header, found.position);
  }

  /** The header and all rows. */
  async snapshot(groupId: string): Promise<FoundGroup> {
    const found = await this.ask(groupId, () => this.reader.snapshot(groupId));
    if (!found) return this.fromLog(groupId);
    return this.fromReadModel(found.view, found.position);
  }

  /** The header and the rows from `from` on, at most `limit`; a group that comes from the log has all its rows. */
  async page(groupId: string, from: number, limit: number): Promise<FoundGroup> {
    const found = await this.ask(groupId, () => this.reader.page(groupId, from, limit));
    if (!found) return this.fromLog(groupId);
    return this.fromReadModel(found.view, found.position);
  }

  /** For groups that are too long to be read at once. */
  async open(groupId: string): Promise<OpenGroup> {
    let opened: OpenSnapshot | undefined;
    const found = await this.ask(groupId, async () => (opened = await this.reader.open(groupId)));
    try {
      if (found) {
        const { header, position, close } = found;
        // Half-way there is no other place to go on from: the log is of another instant.
        const read = (first: number, limit: number) =>
          found.read(first, limit).catch((error: unknown) => {
            this.logger.warn({ err: error }, 'the read model broke off');
            throw notReady(error);
          });
        const { view, incarnation, from } = await this.fromReadModel(header, position);
        return { header: view, incarnation, from, read, close };
      }
    } catch (error) {
      await opened?.close();
      throw error;
    }
    await opened?.close().catch(() => undefined);
    const { view, incarnation, from } = await this.fromLog(groupId);
    const read = async (first: number, limit: number) => view.rows.slice(first, first + limit);
    return { header: view, incarnation, from, read, close: () => Promise.resolve() };
  }

  /** Undefined when no row of any group has this run now, as far as the read model knows. */
  async rowByRunId(runId: string): Promise<{ header: GroupHeader; row: RowView } | undefined> {
    try {
      return await this.reader.rowByRunId(runId);
    } catch (error) {
      throw notReady(error);
    }
  }

  /** The truth itself, whatever the read model says. */
  fromLog(groupId: string): Promise<FoundGroup> {
    return this.folds.of(groupId);
  }

  /** Somebody knows the group's state of this position from the log: nobody is shown an older one from now on. */
  noteTold(groupId: string, incarnation: string, seq: number): void {
    this.told.note(groupId, incarnation, seq);
  }

  private async folded(groupId: string): Promise<FoundGroup> {
    try {
      const [{ view }, incarnation] = await Promise.all([this.foldLog(groupId), this.log.incarnation()]);
      if (!view) throw notFound(groupId, await this.losses.lostOn(groupId, incarnation));
      this.told.note(groupId, incarnation, view.seq);
      return { view: await this.shown(view, incarnation), incarnation, from: 'log' };
    } catch (error) {
      throw MultitaskError.is(error) ? error : notReady(error);
    }
  }

  private async fromReadModel<T extends GroupHeader>(
    view: T,
    { incarnation }: SnapshotPosition,
  ): Promise<FoundGroup<T>> {
    return { view: await this.shown(view, incarnation), incarnation, from: 'read model' };
  }

  /** With what its readers should know of it beside what its own log says. */
  private async shown<T extends GroupHeader>(view: T, incarnation: string): Promise<T> {
    present(view);
    const lost = await this.losses.warningsOf(view.groupId, incarnation);
    return lost.length === 0 ? view : { ...view, warnings: [...view.warnings, ...lost] };
  }

  /** Everything up to `untilSeq`, rows included that no command has committed yet. */
  async foldLog(groupId: string, untilSeq = Infinity): Promise<GroupFold> {
    const fold = emptyFold(groupId);
    for await (const entry of this.log.readGroup(groupId)) {
      if (entry.kind !== 'event') continue;
      if (entry.event.seq > untilSeq) break;
      applyToView(fold, entry.event);
    }
    return fold;
  }

  /** Undefined when Postgres does not know, knows less than was told already, or cannot be asked: the log decides then. */
  private async ask<T extends { readonly position: SnapshotPosition }>(
    groupId: string,
    question: () => Promise<T | undefined>,
  ): Promise<T | undefined> {
    try {
      const found = await question();
      return found && (await this.isNewEnough(groupId, found.position)) ? found : undefined;
    } catch (error) {
      this.logger.warn({ err: error }, 'the read model cannot be asked; reading the log');
      return undefined;
    }
  }

  private async isNewEnough(groupId: string, position: SnapshotPosition): Promise<boolean> {
    if (!this.told.covers(groupId, position)) return false;
    if (!this.isCatchingUp()) return true;
    // A log that is away as well cannot tell: then the older state is better than none.
    return (await this.log.lastSeq(groupId).catch(() => 0)) <= position.seq;
  }
}

const nothingLost: Pick<LossBook, 'warningsOf' | 'lostOn'> = {
  warningsOf: () => Promise.resolve([]),
  lostOn: () => Promise.resolve(undefined),
};

export const notFound = (groupId: string, lostOn?: string): MultitaskError =>
  new MultitaskError(
    'group_not_found',
    lostOn === undefined
      ? `There is no task group ${groupId}. Check the id.`
      : `Task group ${groupId} was lost on ${lostOn}, when the service’s log was set back to an older copy. Runs that were bought are still at Parallel.`,
  );

const notReady = (cause: unknown): MultitaskError =>
  new MultitaskError('not_ready', 'The result cannot be read right now. Please try again.', { retryAfter: 2, cause });

function present(view: GroupHeader): void {
  if (view.expiredAt === null) return;
  throw new MultitaskError(
    'group_expired',
    `Task group ${view.groupId} and its results were deleted on ${view.expiredAt.slice(0, 10)}.`,
  );
}
