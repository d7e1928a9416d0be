import { foldOf, messagesByGroup } from './folds/log.fold';
import { canonical, isTerminal } from './folds/row.state';
import { collector, idOf, type Violation } from './invariants/violation';
import type { ConnectionAccount, FrameAccount, JsonObject, Ledger, ReaderAccount } from './ledger';

/**
 * A round in which the log was set back, as far as the invariants of an ordinary one hold in it: readers from the `reset` on that
 * told them to forget what they knew. A reader that was told everything before has no place in the new order of facts;
 * what it knows is looked at by {@link whatWasToldIsTrue}.
 */
export function sinceRewind(ledger: Ledger, lost: ReadonlySet<string>): Ledger {
  return {
    ...ledger,
    readers: ledger.readers.flatMap((reader) => {
      const since = sinceReset(reader);
      return since ? [since] : [];
    }),
    upstream: {
      ...ledger.upstream,
      requests: ledger.upstream.requests.filter(({ group }) => group === null || !lost.has(group)),
      runs: ledger.upstream.runs.filter(({ group }) => !lost.has(group)),
    },
  };
}

function sinceReset(reader: ReaderAccount): ReaderAccount | undefined {
  const number = reader.connections.findLastIndex(({ frames }) => frames.some(({ event }) => event === 'reset'));
  const connection = reader.connections[number];
  if (!connection) return undefined;
  const at = connection.frames.findLastIndex(({ event }) => event === 'reset');
  const fresh: ConnectionAccount = { ...connection, after: null, frames: connection.frames.slice(at + 1) };
  return { ...reader, connections: [fresh, ...reader.connections.slice(number + 1)] };
}

/** Whatever a reader or a poller was ever told as the end of a row is its end in the log, with the same answer. */
export function whatWasToldIsTrue(ledger: Ledger): Violation[] {
  const { violations, report } = collector('I6');
  const logged = messagesByGroup(ledger.log.messages);
  for (const id of ledger.groups.map(idOf)) {
    const { rows } = foldOf(logged.get(id) ?? []);
    const check = (teller: string, row: number, status: string, result: JsonObject) => {
      const end = rows[row];
      if (!isTerminal(status)) return;
      const told = end && canonical([end.told.status, end.told.result]);
      if (
        told !== canonical([status, result]) &&
        canonical([end?.status ?? null, end?.result ?? null]) !== canonical([status, result])
      )
        report(id, `${teller} was told that row ${row} ended ${status}; the log has it ${end?.status}`);
    };
    for (const { group, changed } of ledger.polls)
      if (group === id) for (const { row, status, result } of changed ?? []) check('a poller', row, status, result);
    for (const reader of ledger.readers)
      if (reader.group === id)
        for (const { frames } of reader.connections)
          for (const frame of frames)
            for (const { row, result } of rowsIn(frame))
              check(`reader ${reader.name}`, row, String(result.$status), result);
  }
  return violations;
}

const rowsIn = ({ data }: FrameAccount): { row: number; result: JsonObject }[] =>
  (Array.isArray(data.rows) ? data.rows : 'row' in data ? [data] : []) as never;
