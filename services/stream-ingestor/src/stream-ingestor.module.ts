import { Module, type DynamicModule } from '@nestjs/common';
import type { ServiceContext } from '@multitask/platform';
import { Ingestor } from './ingestor';
import type { IngestorSettings } from './stream-ingestor.settings';

@Module({})
export class StreamIngestorModule {
  static with(context: ServiceContext<IngestorSettings>): DynamicModule {
    return {
      module: StreamIngestorModule,
      providers: [{ provide: Ingestor, useFactory: () => Ingestor.open(context) }],
    };
  }
}
