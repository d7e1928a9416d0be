import type { ServiceContext } from '@multitask/platform';
import {
  Inject,
  Module,
  type BeforeApplicationShutdown,
  type DynamicModule,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { AccountLedger } from './engine/account.ledger';
import { EmulatorClock } from './engine/emulator.clock';
import { TaskGroupEngine } from './engine/task-group.engine';
import { TaskRunEngine } from './engine/task-run.engine';
import { Emulator } from './emulator';
import { FaultBook } from './faults/fault.book';
import { ControlController } from './http/control.controller';
import { GroupFeed } from './http/group.feed';
import { LedgerReport } from './http/ledger.report';
import { RunFeed } from './http/run.feed';
import { StreamOpener } from './http/stream-opener';
import { SuggestionController } from './http/suggestion.controller';
import { TaskGroupController } from './http/task-group.controller';
import { RunEventsController, TaskRunController } from './http/task-run.controller';
import { settingsToken, type EmulatorSettings } from './settings';

/** Starts and stops the emulator with the application. */
@Module({})
export class EmulatorModule implements OnApplicationBootstrap, BeforeApplicationShutdown, OnApplicationShutdown {
  constructor(@Inject(Emulator) private readonly emulator: Emulator) {}

  static with({ config, logger }: ServiceContext<EmulatorSettings>): DynamicModule {
    const part = <T>(token: new (...args: never[]) => T, choose: (emulator: Emulator) => T) => ({
      provide: token,
      useFactory: choose,
      inject: [Emulator],
    });
    const caps = {
      groupEvents: config.EMULATOR_EVENTS_CAP_SECONDS,
      runEvents: config.EMULATOR_RUN_EVENTS_CAP_SECONDS,
      result: config.EMULATOR_RESULT_CAP_SECONDS,
    };
    return {
      module: EmulatorModule,
      controllers: [
        TaskGroupController,
        TaskRunController,
        RunEventsController,
        SuggestionController,
        ...(config.EMULATOR_CONTROL ? [ControlController] : []),
      ],
      providers: [
        { provide: settingsToken, useValue: config },
        { provide: Emulator, useFactory: () => new Emulator(config, logger) },
        part(TaskGroupEngine, (emulator) => emulator.groupEngine),
        part(TaskRunEngine, (emulator) => emulator.runEngine),
        part(AccountLedger, (emulator) => emulator.accounts),
        part(EmulatorClock, (emulator) => emulator.clock),
        part(FaultBook, (emulator) => emulator.faults),
        part(LedgerReport, (emulator) => new LedgerReport(emulator.ledger)),
        part(GroupFeed, ({ groups, runs, signals, faults, clock }) => {
          return new GroupFeed(groups, runs, signals, faults, clock);
        }),
        part(RunFeed, (emulator) => new RunFeed(emulator.runs, emulator.signals, emulator.clock)),
        part(StreamOpener, (emulator) => new StreamOpener(emulator.ledger, emulator.faults, emulator.ids, caps)),
      ],
    };
  }

  onApplicationBootstrap(): void {
    this.emulator.start();
  }

  /** Open streams would hold up the closing of the server, which waits for requests under way. */
  beforeApplicationShutdown(): void {
    this.emulator.signals.wakeAll();
  }

  onApplicationShutdown(): void {
    this.emulator.stop();
  }
}
