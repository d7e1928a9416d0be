import { event } from '@multitask/contracts';
import { type GroupView, type RowView } from '../view/group-view';
import { emptyFold } from '../view/group-view.projection';
import { Restoration, type LostFact } from './restoration';

export interface RestoreOptions {
  /** RFC 3339. */
  readonly now: string;
  readonly newBatchId: () => string;
}

/**
 * The facts that a log lacks to say of a group what the read model kept of it: told behind the log, they lead there. Commands
 * are told as few as give the same rows, attempts and generation; how exactly the group came there is not known any more.
 * What the log knows better is left as it is.
 */
export function decideRestore(kept: GroupView, logged: GroupView | undefined, options: RestoreOptions): LostFact[] {
  if (logged?.expiredAt) return [];
  if (kept.expiredAt) return [event('GroupExpired', { reason: 'ttl', expired_at: kept.expiredAt })];
  const fold = { ...emptyFold(kept.groupId), view: logged && structuredClone(logged) };
  const restoration = new Restoration(kept, fold, options.now, options.newBatchId);
  const plan = planCommands(kept, logged);
  if (!logged) restoration.create(plan.rowsBeforeCancel);
  else if (kept.followed) restoration.follow(logged.rowCount, kept.rowCount);
  restoration.settleRows();
  const step = (command: () => void) => {
    restoration.complete();
    command();
    restoration.settleRows();
  };
  const known = () => restoration.view!.rowCount;
  if (known() < plan.rowsBeforeCancel) step(() => restoration.append(known(), plan.rowsBeforeCancel));
  plan.retries.forEach((rows, slot) => {
    if (slot === plan.cancelAfter) cancelAndAppend();
    step(() => restoration.retry(rows));
  });
  if (plan.retries.length <= plan.cancelAfter) cancelAndAppend();
  restoration.complete();
  tellState(restoration, kept);
  return restoration.facts;

  function cancelAndAppend(): void {
    if (plan.cancels) restoration.cancel();
    if (known() < kept.rowCount) step(() => restoration.append(known(), kept.rowCount));
  }
}

interface CommandPlan {
  /** Rows below are there before a cancel: those that it hit, and all when none is needed. */
  readonly rowsBeforeCancel: number;
  readonly cancels: boolean;
  /** How many retries come before the cancel. */
  readonly cancelAfter: number;
  /** Which rows each missing retry names; one that names none only starts its generation. */
  readonly retries: readonly (readonly number[])[];
}

const wasCancelled = (row: RowView): boolean => row.status === 'cancelled' && row.runId === null;
const waits = (row: RowView): boolean => row.status === 'queued' && row.runId === null;

/**
 * A cancel hits every row that waits, so rows that wait now were appended or retried after it: cancelled rows get their attempts
 * as early as can be, those that wait as late as can be.
 */
function planCommands(kept: GroupView, logged: GroupView | undefined): CommandPlan {
  const loggedRows = logged?.rows ?? [];
  const missing = (row: RowView) => row.attempt - (loggedRows[row.row]?.attempt ?? 1);
  const hit = kept.rows.filter((row) => {
    const before = loggedRows[row.row];
    return wasCancelled(row) && !(before && before.attempt >= row.attempt && before.status === 'cancelled');
  });
  const cancels = hit.length > 0 || (kept.cancelled && !logged?.cancelled);
  const behind = hit.reduce((last, { row }) => Math.max(last, row + 1), loggedRows.length);
  const someWait = kept.rows.some((row) => row.row >= behind && row.attempt === 1 && waits(row));
  const rowsBeforeCancel = cancels && someWait && !kept.followed ? behind : kept.rowCount;

  const appends = kept.followed
    ? 0
    : (logged && loggedRows.length < rowsBeforeCancel ? 1 : 0) + (rowsBeforeCancel < kept.rowCount ? 1 : 0);
  const slots = Math.max(0, kept.generation - (logged?.generation ?? 1) - appends);
  // A group that ends cancelled has no row that waits: then nothing needs to come behind the cancel.
  const cancelAfter = kept.cancelled ? slots : hit.reduce((most, row) => Math.max(most, missing(row)), 0);
  const retries: number[][] = Array.from({ length: slots }, () => []);
  for (const row of kept.rows) {
    const count = Math.min(missing(row), slots);
    const isLate = row.row >= rowsBeforeCancel;
    const from = waits(row) ? slots - count : isLate ? Math.min(cancelAfter, slots - count) : 0;
    for (let i = 0; i < count; i++) retries[from + i]!.push(row.row);
  }
  return { rowsBeforeCancel, cancels, cancelAfter, retries };
}

/** What is known of the group beside its rows. */
function tellState(restoration: Restoration, kept: GroupView): void {
  const view = restoration.view!;
  if (view.generation !== kept.generation) return;
  const { blocked, generation } = kept;
  if (blocked && !view.blocked) {
    const { reason, message, nextTryAt: next_try_at } = blocked;
    restoration.tell(event('GroupBlocked', { reason, message, next_try_at, tries: 1 }));
  }
  if (kept.webhook === 'delivered' && view.webhook === 'pending') {
    const answer = { status: null, error: null, delivered: true, next_try_at: null };
    restoration.tell(event('WebhookAttempted', { generation, attempt: 1, ...answer }));
  }
  if (kept.webhook === 'given_up' && view.webhook === 'pending')
    restoration.tell(
      event('WebhookGaveUp', { generation, attempts: 1, reason: 'given up before the log was set back' }),
    );
}
