import { EmulatorWitness } from './participants/emulator.witness';
import { LogWitness } from './participants/log.witness';
import { Product, type ProductOptions } from './participants/product.process';
import { TableWitness } from './participants/table.witness';
import { WebhookReceiver } from './participants/webhook.receiver';
import type { Random } from './random';

export interface HouseOptions {
  readonly root: string;
  readonly random: Random;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly emulatorFaults: readonly object[];
  /** Share of first webhooks that the receiver fails. */
  readonly failingWebhooks: number;
  /** Milliseconds the receiver takes for its answer; none unless said. */
  readonly webhookMs?: number;
  readonly prepare?: ProductOptions['prepare'];
}

/** A running product and everybody who watches it. */
export interface House {
  readonly product: Product;
  readonly emulator: EmulatorWitness;
  readonly log: LogWitness;
  readonly tables: TableWitness;
  readonly receiver: WebhookReceiver;
}

/**
 * Runs `work` in a house of its own. Answers the names of processes that outlived it, which there should be none of.
 * `waits` of the product that come from the real upstream's slowness are cut to seconds: the emulator lists what it accepted
 * within 3 s, so rows of an unclear purchase are bought again after 10 s instead of 90.
 */
export async function inHouse(options: HouseOptions, work: (house: House) => Promise<void>): Promise<string[]> {
  const receiver = await WebhookReceiver.open(options.random.fork('receiver'), options);
  let product: Product | undefined;
  let tables: TableWitness | undefined;
  let left: string[] = [];
  try {
    product = await Product.start({ ...options, env: { ...quickWaits, ...options.env } });
    tables = await TableWitness.open(product.databaseUrl);
    const emulator = new EmulatorWitness(product.emulator);
    await emulator.setFaults(options.emulatorFaults);
    await work({ product, emulator, log: new LogWitness(product.natsUrl), tables, receiver });
  } finally {
    await tables?.close().catch(() => undefined);
    left = (await product?.stop()) ?? [];
    await receiver.close();
  }
  return left;
}

const quickWaits = {
  INGEST_POST_START_SECONDS: '3',
  INGEST_POST_ABORT_SECONDS: '5',
  INGEST_LISTED_WITHIN_SECONDS: '3',
  INGEST_REQUEST_AGAIN_SECONDS: '10',
  // What is asked in two minutes otherwise is asked in 20 s here; nine a minute would make a killed purchase wait for a minute.
  INGEST_REQUESTS_PER_MINUTE: '60',
  LEASE_SECONDS: '4',
  WEBHOOK_TIMEOUT_MS: '5000',
  NOTIFIER_CLAIM_SECONDS: '8',
};
