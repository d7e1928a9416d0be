import { runService } from '@multitask/platform';
import { streamIngestor } from './stream-ingestor';

void runService(streamIngestor);
