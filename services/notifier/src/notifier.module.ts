import type { ServiceContext } from '@multitask/platform';
import {
  Inject,
  Module,
  type BeforeApplicationShutdown,
  type DynamicModule,
  type OnApplicationBootstrap,
  type OnModuleInit,
} from '@nestjs/common';
import { Notifier } from './notifier';
import type { NotifierSettings } from './notifier.settings';

/** Opens, starts and stops the notifier with the application. */
@Module({})
export class NotifierModule implements OnModuleInit, OnApplicationBootstrap, BeforeApplicationShutdown {
  constructor(@Inject(Notifier) private readonly notifier: Notifier) {}

  static with(context: ServiceContext<NotifierSettings>): DynamicModule {
    return { module: NotifierModule, providers: [{ provide: Notifier, useFactory: () => new Notifier(context) }] };
  }

  onModuleInit(): Promise<void> {
    return this.notifier.open();
  }

  onApplicationBootstrap(): void {
    this.notifier.start();
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.notifier.stop();
  }
}
