import type { ServiceContext } from '@multitask/platform';
import {
  Inject,
  Module,
  type BeforeApplicationShutdown,
  type DynamicModule,
  type OnApplicationBootstrap,
  type OnModuleInit,
} from '@nestjs/common';
import { Projector } from './projector';
import type { ProjectorSettings } from './projector.settings';

/** Opens, starts and stops the projector with the application. */
@Module({})
export class ProjectorModule implements OnModuleInit, OnApplicationBootstrap, BeforeApplicationShutdown {
  constructor(@Inject(Projector) private readonly projector: Projector) {}

  static with(context: ServiceContext<ProjectorSettings>): DynamicModule {
    return {
      module: ProjectorModule,
      providers: [{ provide: Projector, useFactory: () => new Projector(context) }],
    };
  }

  onModuleInit(): Promise<void> {
    return this.projector.open();
  }

  onApplicationBootstrap(): void {
    this.projector.start();
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.projector.stop();
  }
}
