import type { Service } from '@multitask/platform';
import { StreamIngestorModule } from './stream-ingestor.module';
import { ingestorSettings, type IngestorSettings } from './stream-ingestor.settings';

/** Buys the rows of groups and follows their runs; as many replicas as wanted share the groups. */
export const streamIngestor: Service<IngestorSettings> = {
  name: 'stream-ingestor',
  config: ingestorSettings,
  module: (context) => StreamIngestorModule.with(context),
};
