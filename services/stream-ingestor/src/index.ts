export { streamIngestor } from './stream-ingestor';
