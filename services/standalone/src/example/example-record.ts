import { readFileSync, writeFileSync } from 'node:fs';

/** What is kept of the example between starts, so that a second start goes on with it and does not buy it again. */
export interface ExampleRecord {
  /** Written before the group is asked for: a start that was cut off in between asks for the same one. */
  readonly idempotencyKey: string;
  /** Empty until the group is known. */
  readonly taskgroupId: string;
  readonly upstream: string;
  readonly webhookPort: number;
  readonly webhookSecret: string;
  readonly webhookArrived: boolean;
}

export function readExampleRecord(file: string): ExampleRecord | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as ExampleRecord;
  } catch {
    return undefined;
  }
}

export function writeExampleRecord(file: string, record: ExampleRecord): void {
  writeFileSync(file, `${JSON.stringify(record, null, 2)}\n`, { mode: 0o600 });
}
