export { eventually, type EventuallyOptions } from './eventually';
export { groupStories } from './group-story.arbitrary';
export { anyText, hostileInput, hostileObject, hostileText, hostileTexts, hostileValue } from './hostile.arbitrary';
export { GroupStory, jsonOutput, storyGroupId, storyRunId } from './group-story';
export { createTestDatabase, type TestDatabase } from './test-database';
export { startTestNats, type TestNats } from './test-nats';
export { forbiddenAddresses, forbiddenUrls } from './forbidden.vectors';
