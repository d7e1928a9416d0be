import { requireVersion } from './nats.connection';

describe('the version of the NATS server', () => {
  it.each(['2.12.0', '2.15.1', '2.12.0-RC.1', '3.0.0'])('%s is new enough', (version) => {
    expect(() => requireVersion(version)).not.toThrow();
  });

  it.each(['2.9.10', '2.11.9', '1.4.1', '', undefined])('%s is refused in one sentence', (version) => {
    expect(() => requireVersion(version)).toThrow(/^The NATS server is version .*; Multitask needs 2\.12 or newer\.$/);
  });
});
