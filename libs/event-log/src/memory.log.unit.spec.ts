import { eventLogContract } from './event-log.contract';
import { InMemoryEventLog } from './memory.log';

describe('the log in memory', () => {
  const log = new InMemoryEventLog();
  eventLogContract(() => log);
});
