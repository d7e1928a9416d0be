import {
  eventType,
  type EventsAnswer,
  type JsonObject,
  type RecordedEvent,
  type RunReport,
} from '@multitask/contracts';

/** Ids of sealed records and fingerprints open nothing by themselves, but they are nobody's business; nor are our machines' names. */
const hidden: ReadonlySet<string> = new Set([
  ...['credential_id', 'webhook_id', 'mcp_servers_id', 'owner_fingerprint', 'request', 'holder', 'lease_revision'],
]);

/** An event as the owner of its group may see it. Inputs and outputs are left out: the result has them, and they are large. */
export function shownEvent(event: RecordedEvent): EventsAnswer['events'][number] {
  return { seq: event.seq, type: eventType(event.name), time: event.time, data: shownData(event) };
}

function shownData(event: RecordedEvent): JsonObject {
  switch (event.name) {
    case 'RowsAccepted': {
      const { inputs, ...chunk } = event.data;
      return { ...chunk, row_count: inputs.length };
    }
    case 'RunsFollowed':
      return { first_row: event.data.first_row, runs: event.data.runs.map(({ run_id }) => run_id) };
    case 'RunUpdated':
      return shownReport(event.data);
    case 'RunsUpdated':
      return { updates: event.data.updates.map(shownReport) };
    default:
      return Object.fromEntries(Object.entries(event.data).filter(([name]) => !hidden.has(name))) as JsonObject;
  }
}

const shownReport = ({ output, ...report }: RunReport): JsonObject =>
  ({ ...report, has_output: output !== undefined }) as JsonObject;
