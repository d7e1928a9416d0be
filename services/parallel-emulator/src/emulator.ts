import type { Logger } from '@multitask/platform';
import { AccountLedger } from './engine/account.ledger';
import { EmulatorClock } from './engine/emulator.clock';
import { GroupLog } from './engine/group.log';
import { randomIds, type Ids } from './engine/ids';
import { Metronome } from './engine/metronome';
import { Progression } from './engine/progression';
import { RunAcceptance } from './engine/run.acceptance';
import { RunEnding } from './engine/run.ending';
import { Signals } from './engine/signals';
import { TaskGroupEngine } from './engine/task-group.engine';
import { TaskRunEngine } from './engine/task-run.engine';
import { FaultBook } from './faults/fault.book';
import { seededRandom } from './research/random';
import type { EmulatorSettings } from './settings';
import { Database } from './store/database';
import { LedgerRepository } from './store/ledger.repository';
import { SettingRepository } from './store/setting.repository';
import { TaskGroupRepository } from './store/task-group.repository';
import { TaskRunRepository } from './store/task-run.repository';
import { WebhookRepository } from './webhook/webhook.repository';
import { WebhookSender } from './webhook/webhook.sender';

const offsetSetting = 'clock_offset_ms';

/** The whole emulator but its HTTP surface, wired by hand so that the order of things can be read. */
export class Emulator {
  readonly ids: Ids = randomIds;
  readonly signals = new Signals();
  readonly faults: FaultBook;
  readonly clock: EmulatorClock;
  readonly groups: TaskGroupRepository;
  readonly runs: TaskRunRepository;
  readonly ledger: LedgerRepository;
  readonly accounts: AccountLedger;
  readonly groupEngine: TaskGroupEngine;
  readonly runEngine: TaskRunEngine;
  private readonly db: Database;
  private readonly progression: Metronome;
  private readonly webhooks: Metronome;
  private readonly sender: WebhookSender;

  /** Opens the data file; runs left unfinished in it go on after `start`. */
  constructor(
    readonly settings: EmulatorSettings,
    private readonly logger: Logger,
  ) {
    const { ids, signals } = this;
    const db = (this.db = new Database(settings.EMULATOR_DATA_FILE));
    const kept = new SettingRepository(db);
    const clock = (this.clock = new EmulatorClock(Date.now, Number(kept.get(offsetSetting) ?? 0)));
    const faults = (this.faults = new FaultBook(seededRandom(settings.EMULATOR_SEED, 'faults'), () =>
      signals.wakeAll(),
    ));
    const groups = (this.groups = new TaskGroupRepository(db));
    const runs = (this.runs = new TaskRunRepository(db));
    const ledger = (this.ledger = new LedgerRepository(db, Date.now, settings.EMULATOR_LEDGER_LIMIT));
    const accounts = (this.accounts = new AccountLedger(db, clock, settings));
    const deliveries = new WebhookRepository(db);
    const log = new GroupLog(groups, ledger, signals, clock);
    const acceptance = new RunAcceptance(runs, ledger, faults, clock, ids, settings);
    const endings = new RunEnding(runs, settings, ids, (run, { webhook }) => {
      if (!webhook?.event_types.includes('task_run.status')) return;
      const now = clock.now();
      const delivery = { eventId: ids.webhookEvent(), runId: run.runId, url: webhook.url };
      deliveries.add({ ...delivery, attempt: 0, firstAt: now, dueAt: now });
      this.webhooks.wake();
    });
    const progression = new Progression(db, groups, runs, log, endings, accounts, acceptance, signals, clock);
    this.progression = new Metronome(() => this.guarded('progression', () => progression.step()));
    this.sender = new WebhookSender(deliveries, runs, ledger, clock, settings.EMULATOR_WEBHOOK_SECRET, () =>
      this.webhooks.wake(),
    );
    this.webhooks = new Metronome(() => this.guarded('webhooks', () => this.sender.step()));
    const onWork = () => this.progression.wake();
    this.groupEngine = new TaskGroupEngine(db, groups, log, acceptance, accounts, faults, clock, ids, onWork);
    this.runEngine = new TaskRunEngine(db, runs, acceptance, accounts, signals, clock, onWork);
    clock.onMove(() => {
      kept.set(offsetSetting, String(clock.offsetMs));
      this.wake();
      signals.wakeAll();
    });
  }

  start(): void {
    this.wake();
  }

  /** Rejects when the data file cannot be read. */
  async check(): Promise<void> {
    this.db.get('SELECT 1');
  }

  stop(): void {
    this.progression.stop();
    this.webhooks.stop();
    this.sender.stop();
    this.db.close();
  }

  private wake(): void {
    this.progression.wake();
    this.webhooks.wake();
  }

  /** A full disk must not end the process: the step is tried again in a second. */
  private guarded(name: string, step: () => number | undefined): number | undefined {
    try {
      return step();
    } catch (error) {
      this.logger.error({ err: error, name }, 'a step failed');
      return 1_000;
    }
  }
}
