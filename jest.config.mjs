// One configuration for every tier; the tier is the file name's suffix and is chosen by TEST_TIER.
const tier = process.env.TEST_TIER ?? '(unit|int|e2e)';

export default {
  rootDir: import.meta.dirname,
  roots: ['<rootDir>/libs', '<rootDir>/services', '<rootDir>/test'],
  testRegex: `\\.${tier}\\.spec\\.ts$`,
  testEnvironment: 'node',
  setupFiles: ['<rootDir>/libs/testing/jest/properties.cjs'],
  transform: { '\\.ts$': ['@swc/jest', { sourceMaps: 'inline' }] },
  moduleNameMapper: {
    '^@multitask/(api-gateway|stream-ingestor|projector|results-gateway|orchestrator|notifier|parallel-emulator|standalone)$':
      '<rootDir>/services/$1/src/index.ts',
    '^@multitask/orchestration/contract$': '<rootDir>/libs/orchestration/src/store/orchestration-store.contract.ts',
    '^@multitask/([^/]+)$': '<rootDir>/libs/$1/src/index.ts',
  },
  modulePathIgnorePatterns: ['/dist/'],
  globalSetup: tier === 'unit' ? undefined : '<rootDir>/libs/testing/jest/global-setup.mjs',
  globalTeardown: tier === 'unit' ? undefined : '<rootDir>/libs/testing/jest/global-teardown.mjs',
  reporters: ['default', '<rootDir>/libs/testing/jest/failed-tests.reporter.mjs'],
  // Nothing here takes that long: a test that waits in vain says sooner itself what it waited for, however slow the machine is.
  testTimeout: tier === 'unit' ? 60_000 : 300_000,
};
