import { event, limits, type EventOf, type GroupEvent, type RunReport } from '@multitask/contracts';

/**
 * Characters of reports in one message. A message above `limits.eventPartBytes` travels in parts, and for parts the server opens
 * a batch: 10 to 20 ms with synced appends where a single message takes 2. Three quarters leave room for characters of two bytes.
 */
const packedCharacters = 0.75 * limits.eventPartBytes;

/**
 * Puts reports that follow one another into as few messages as they fit, since the log's price is per message. Their order stays,
 * and no message names a row twice, so that every reader is told each state. Other events and large reports stay as they are.
 */
export function packReports(events: readonly GroupEvent[]): GroupEvent[] {
  const packed: GroupEvent[] = [];
  let pack: RunReport[] = [];
  let keys = new Set<string>();
  let used = 0;
  const close = () => {
    if (pack.length > 0) packed.push(pack.length === 1 ? event('RunUpdated', pack[0]!) : packOf(pack));
    pack = [];
    keys = new Set();
    used = 0;
  };
  for (const fact of events) {
    if (fact.name !== 'RunUpdated') {
      close();
      packed.push(fact);
      continue;
    }
    const size = JSON.stringify(fact.data).length;
    if (used + size > packedCharacters || keys.has(fact.data.key)) close();
    pack.push(fact.data);
    keys.add(fact.data.key);
    used += size;
  }
  close();
  return packed;
}

const packOf = (updates: RunReport[]): EventOf<'RunsUpdated'> => event('RunsUpdated', { updates });
