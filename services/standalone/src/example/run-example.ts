import { randomUUID } from 'node:crypto';
import { ExampleClient, type GroupResult } from './example-client';
import { exampleCapUsd, exampleColumns, exampleRequest } from './example-group';
import { readExampleRecord, writeExampleRecord, type ExampleRecord } from './example-record';
import { countsOf, ProgressBar, type Counts } from './progress';
import { textTable } from './table';
import type { WebhookReceiver } from './webhook-receiver';

export interface ExampleOptions {
  readonly origin: string;
  /** What printed URLs begin with. */
  readonly publicOrigin: string;
  readonly upstream: 'emulator' | 'parallel' | 'custom';
  readonly apiKey: string | undefined;
  readonly recordFile: string;
  readonly receiver: WebhookReceiver;
  readonly signal: AbortSignal;
  /** ms to wait for the webhook after the last row; default 20,000. */
  readonly webhookPatienceMs?: number;
  tell(line: string): void;
}

/** The codes of `npm start -- --exit`. */
export const exitCodes = { completed: 0, notFinished: 1, someFailed: 2 } as const;

/** The emulator needs seconds; the real processor up to a few minutes, and a queue before it. */
const patienceMs = { emulator: 5 * 60_000, parallel: 30 * 60_000, custom: 30 * 60_000 };
const pollMs = 250;

/** Runs the example group to its end, or goes on with the one of an earlier start, and shows it. Gives the exit code. */
export async function runExample(options: ExampleOptions): Promise<number> {
  const client = new ExampleClient(options.origin, options.apiKey);
  if (options.upstream !== 'emulator' && !options.apiKey) {
    options.tell('The example is left out: it needs PARALLEL_API_KEY for this upstream.');
    return exitCodes.notFinished;
  }
  try {
    const record = (await earlierGroup(client, options)) ?? (await newGroup(client, options));
    const result = await followToEnd(client, record, options);
    if (!result) {
      options.tell(`The example did not finish in time. It goes on: ${options.publicOrigin}/${record.taskgroupId}`);
      return exitCodes.notFinished;
    }
    show(result, record, options);
    await showWebhook(record, options);
    const { completed, total } = countsOf(result);
    return completed === total ? exitCodes.completed : exitCodes.someFailed;
  } catch (error) {
    if (!options.signal.aborted) options.tell(`The example could not be run: ${(error as Error).message}`);
    return exitCodes.notFinished;
  }
}

async function earlierGroup(
  client: ExampleClient,
  { recordFile, upstream, tell }: ExampleOptions,
): Promise<ExampleRecord | undefined> {
  const record = readExampleRecord(recordFile);
  if (!record?.taskgroupId || record.upstream !== upstream || !(await client.result(record.taskgroupId)))
    return undefined;
  tell('Going on with the example group of the earlier start.');
  return record;
}

async function newGroup(client: ExampleClient, options: ExampleOptions): Promise<ExampleRecord> {
  const { upstream, receiver, recordFile, tell } = options;
  if (upstream !== 'emulator') await agreePrice(client, options);
  tell(`Asking for ${exampleColumns.slice(1).join(', ')} of ${exampleRequest.inputs.length} countries …`);
  const asked = {
    idempotencyKey: cutOffKey(options) ?? randomUUID(),
    taskgroupId: '',
    upstream,
    webhookPort: receiver.port,
    webhookSecret: '',
    webhookArrived: false,
  };
  writeExampleRecord(recordFile, asked);
  const created = await client.create({ ...exampleRequest, webhook_url: receiver.url }, asked.idempotencyKey);
  const record = { ...asked, taskgroupId: created.taskgroup_id, webhookSecret: created.webhook_secret ?? '' };
  writeExampleRecord(recordFile, record);
  return record;
}

/** The key of a start that was cut off between asking and learning the group's id. */
function cutOffKey({ recordFile, upstream, receiver }: ExampleOptions): string | undefined {
  const record = readExampleRecord(recordFile);
  const same = record?.taskgroupId === '' && record.upstream === upstream && record.webhookPort === receiver.port;
  return same ? record.idempotencyKey : undefined;
}

async function agreePrice(client: ExampleClient, { tell }: ExampleOptions): Promise<void> {
  const { estimate } = await client.dryRun(exampleRequest);
  if (estimate.cost_usd === null) throw new Error('its price is not known, so it is not bought');
  tell(
    `The example is bought from the real API with PARALLEL_API_KEY and costs about $${estimate.cost_usd.toFixed(2)}.`,
  );
  if (estimate.cost_usd > exampleCapUsd)
    throw new Error(`that is above the $${exampleCapUsd} it may cost, so it is not bought`);
}

async function followToEnd(
  client: ExampleClient,
  record: ExampleRecord,
  options: ExampleOptions,
): Promise<GroupResult | undefined> {
  const bar = new ProgressBar(process.stderr);
  const deadline = Date.now() + patienceMs[options.upstream];
  try {
    while (Date.now() < deadline) {
      options.signal.throwIfAborted();
      // A service that is being restarted answers 502 for a moment; the group goes on meanwhile.
      const result = await client.result(record.taskgroupId).catch(() => undefined);
      const counts: Counts | undefined = result && countsOf(result);
      if (counts) bar.show(counts);
      if (counts && !counts.active) return result;
      await new Promise((resolve) => setTimeout(resolve, pollMs));
    }
    return undefined;
  } finally {
    bar.end();
  }
}

const sources = {
  emulator:
    'These answers come from the local emulator, not from research: true facts of an open data set for countries, made up for anything else.',
  parallel: 'These answers come from the Parallel API.',
  custom: 'These answers come from the upstream you named.',
};

function show(result: GroupResult, record: ExampleRecord, { publicOrigin, upstream, tell }: ExampleOptions): void {
  const url = `${publicOrigin}/${record.taskgroupId}`;
  const formats = ['.html', '.json', '.md', '.sse', '/status'];
  tell(
    [
      '',
      textTable(result.results, exampleColumns),
      '',
      sources[upstream],
      '',
      url,
      ...formats.map((format) => `  ${url}${format}`),
      '',
    ].join('\n'),
  );
}

async function showWebhook(record: ExampleRecord, options: ExampleOptions): Promise<void> {
  const { receiver, recordFile, tell, webhookPatienceMs = 20_000 } = options;
  if (record.webhookArrived) return tell('Its webhook arrived at an earlier start.');
  const delivery = await receiver.delivery(record.webhookSecret, webhookPatienceMs);
  if (!delivery) return tell(`Its webhook has not arrived within ${webhookPatienceMs / 1000} s.`);
  writeExampleRecord(recordFile, { ...record, webhookArrived: true });
  const verdict = delivery.verified ? 'and its signature is right' : 'but its signature is WRONG';
  tell(`Its webhook ${delivery.id} arrived, ${verdict}.`);
}
