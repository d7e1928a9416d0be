import { eventType, type EventsAnswer, type JsonObject, type RecordedEvent } from '@multitask/contracts';

/** Ids of sealed records and fingerprints open nothing by themselves, but they are nobody's business; nor are our machines' names. */
const hidden: ReadonlySet<string> = new Set([
  ...['credential_id', 'webhook_id', 'mcp_servers_id', 'owner_fingerprint', 'request', 'holder', 'lease_revision'],
]);

/** An event as the owner of its group may see it. Inputs and outputs are left out: the result has them, and they are large. */
export function shownEvent(event: RecordedEvent): EventsAnswer['events'][number] {
  const data = Object.fromEntries(Object.entries(event.data).filter(([name]) => !hidden.has(name))) as JsonObject;
  if (event.name === 'RowsAccepted') {
    delete data.inputs;
    data.row_count = event.data.inputs.length;
  }
  if (event.name === 'RunUpdated') {
    delete data.output;
    data.has_output = event.data.output !== undefined;
  }
  return { seq: event.seq, type: eventType(event.name), time: event.time, data };
}
