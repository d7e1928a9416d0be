import type { EmulatorSettings } from '../settings';
import type { Database } from '../store/database';
import { insufficientCredit, tooManyRequests } from '../wire/api-error';
import type { EmulatorClock } from './emulator.clock';
import { processors } from './processor';

export interface Account {
  readonly key: string;
  /** Null when credit is not counted. */
  readonly credit_usd: number | null;
  readonly reserved_usd: number;
  /** Null when runs are not limited. */
  readonly runs_per_minute: number | null;
}

/** Credit and quota of each key. A batch reserves the price of all its runs at once; only completed runs are billed. */
export class AccountLedger {
  private readonly recent = new Map<string, { at: number; runs: number }[]>();

  constructor(
    private readonly db: Database,
    private readonly clock: EmulatorClock,
    private readonly settings: EmulatorSettings,
  ) {}

  find(key: string): Account {
    const row = this.db.get('SELECT * FROM account WHERE key = ?', key);
    const quota = this.settings.EMULATOR_QUOTAS ? this.settings.EMULATOR_RUNS_PER_MINUTE : null;
    if (!row)
      return { key, credit_usd: this.settings.EMULATOR_CREDIT_USD ?? null, reserved_usd: 0, runs_per_minute: quota };
    return {
      key,
      credit_usd: row.credit_usd as number | null,
      reserved_usd: Number(row.reserved_usd),
      runs_per_minute: (row.runs_per_minute as number | null) ?? quota,
    };
  }

  save(account: Account): void {
    this.db.run(
      'INSERT OR REPLACE INTO account (key, credit_usd, reserved_usd, runs_per_minute) VALUES (?, ?, ?, ?)',
      account.key,
      account.credit_usd,
      account.reserved_usd,
      account.runs_per_minute,
    );
  }

  /** Reserves a batch or refuses all of it: 429 beyond the quota, 402 beyond the credit that is not reserved yet. */
  reserve(key: string, processorNames: readonly string[]): void {
    const account = this.find(key);
    this.checkQuota(account, processorNames.length);
    if (account.credit_usd === null) return;
    const price = processorNames.reduce((sum, name) => sum + priceOf(name), 0);
    if (account.credit_usd - account.reserved_usd < price) throw insufficientCredit();
    this.save({ ...account, reserved_usd: account.reserved_usd + price });
  }

  settle(key: string, processorName: string, billed: boolean): void {
    const account = this.find(key);
    if (account.credit_usd === null) return;
    const price = priceOf(processorName);
    const credit_usd = account.credit_usd - (billed ? price : 0);
    this.save({ ...account, credit_usd, reserved_usd: Math.max(0, account.reserved_usd - price) });
  }

  private checkQuota(account: Account, runs: number): void {
    if (account.runs_per_minute === null) return;
    const now = this.clock.now();
    const window = (this.recent.get(account.key) ?? []).filter((entry) => entry.at > now - 60_000);
    const used = window.reduce((sum, entry) => sum + entry.runs, 0);
    if (used + runs > account.runs_per_minute) {
      const wait = Math.max(1, Math.ceil(((window[0]?.at ?? now) + 60_000 - now) / 1_000));
      throw tooManyRequests(this.settings.EMULATOR_RETRY_AFTER ? { 'retry-after': String(wait) } : {});
    }
    this.recent.set(account.key, [...window, { at: now, runs }]);
  }
}

const priceOf = (processorName: string): number => (processors.get(processorName)?.usdPerThousand ?? 0) / 1_000;
