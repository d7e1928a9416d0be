import { MultitaskError, type StatusAnswer, type TaskGroup } from '@multitask/client';
import { exitCodes, type ExitCode } from '../exit.codes';
import { printable } from '../terminal/printable';
import { Progress } from '../terminal/progress';
import { countsOf } from '../terminal/progress.line';
import type { CommandContext } from './command.context';

/** Shows progress until every row has its end. Interrupted, it says how to come back: the group goes on by itself. */
export async function follow(group: TaskGroup, context: CommandContext): Promise<StatusAnswer> {
  const { terminal, signal, patienceMs } = context;
  const progress = new Progress(terminal);
  try {
    return await group.wait({
      patienceMs,
      signal,
      onStatus: (status) => progress.show(status),
      onNotice: (message) => progress.note(message === null ? undefined : printable(message)),
      onReconnect: (why, ms) =>
        progress.note(`${printable(why.message)} Nothing is lost; trying again in ${Math.ceil(ms / 1_000)} s.`),
    });
  } catch (error) {
    progress.end();
    const isGone = MultitaskError.is(error) && ['group_expired', 'group_not_found'].includes(error.code);
    if (!isGone) terminal.tell(`The group goes on: ${group.url}\nCome back with: multitask watch ${group.url}`);
    throw error;
  } finally {
    progress.end();
  }
}

/** What is said at the end, and to the script. */
export function verdict({ status, cost }: StatusAnswer, { terminal }: CommandContext): ExitCode {
  const { without } = countsOf(status);
  const spent = cost.spent_usd ? ` Spent: $${cost.spent_usd}.` : '';
  terminal.say(`${printable(status.status_message)}${spent}`);
  return without > 0 ? exitCodes.someWithoutResult : exitCodes.done;
}
