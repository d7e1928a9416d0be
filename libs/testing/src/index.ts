export { eventually, type EventuallyOptions } from './eventually';
export { GroupStory, jsonOutput, storyGroupId, storyRunId } from './group-story';
export { createTestDatabase, type TestDatabase } from './test-database';
export { startTestNats, type TestNats } from './test-nats';
