import { LogFold } from './folds/log.fold';
import type { LogMessage } from './ledger';

/** How many changes of rows readers of one group are told, and how many a second from the first fact to the last. */
export function paceOf(messages: readonly LogMessage[]): { readonly changes: number; readonly perSecond: number } {
  const fold = new LogFold();
  let changes = 0;
  const times: number[] = [];
  for (const message of messages) {
    const step = fold.take(message);
    if (!step) continue;
    times.push(message.at);
    // The rows a group begins with are its snapshot.
    if (message.type !== 'multitask.group.created.v1') changes += step.rows.length;
  }
  const seconds = ((times.at(-1) ?? 0) - (times[0] ?? 0)) / 1_000;
  return { changes, perSecond: seconds > 0 ? changes / seconds : 0 };
}
