import { messagesByGroup } from '../folds/log.fold';
import type { Ledger, LogMessage } from '../ledger';
import { collector, idOf, type Violation } from './violation';

const started = 'multitask.ingest.started.v1';

/**
 * I5: a stale holder's append is refused. In the log this means that every append of an ingestor expected exactly the message
 * that stood before it, and that nothing was appended by a holder after another one had started.
 */
export function staleHoldersAreRefused(ledger: Ledger): Violation[] {
  const { violations, report } = collector('I5');
  const logged = messagesByGroup(ledger.log.messages);
  for (const id of ledger.groups.map(idOf)) {
    const messages = logged.get(id) ?? [];
    for (const says of [...unfenced(messages), ...strangers(messages)]) report(id, says);
  }
  return violations;
}

/** Appends whose expectation is missing or was not what stood there. */
function* unfenced(messages: readonly LogMessage[]): Generator<string> {
  let lastOfWriter = 0;
  let lastOfGroup = 0;
  for (const { seq, writer, id, type, fence } of messages) {
    if (writer === 'ingest' && id.endsWith('.0')) {
      const expected = fence?.subject.endsWith('.*') ? lastOfGroup : lastOfWriter;
      if (!fence) yield `${type} at ${seq} was appended without a fence`;
      else if (fence.seq !== expected)
        yield `${type} at ${seq} expected ${fence.seq} to be last on ${fence.subject}, where ${expected} was`;
    }
    if (writer === 'ingest') lastOfWriter = seq;
    lastOfGroup = seq;
  }
}

/** Appends of somebody who is not the holder that the log names. */
function* strangers(messages: readonly LogMessage[]): Generator<string> {
  let holder: { name: string; source: string } | undefined;
  for (const { seq, writer, type, source, data } of messages) {
    if (writer !== 'ingest') continue;
    if (type === started) holder = { name: String(data.holder), source };
    else if (!holder) yield `${type} at ${seq} was appended before any holder had started`;
    else if (source !== holder.source) yield `${type} at ${seq} is by ${source}, while ${holder.name} holds the group`;
  }
}
