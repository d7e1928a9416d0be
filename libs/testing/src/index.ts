export { eventually, type EventuallyOptions } from './eventually';
export { createTestDatabase, type TestDatabase } from './test-database';
export { startTestNats, type TestNats } from './test-nats';
