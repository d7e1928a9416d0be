/** The services of a local start. The emulator is there only when it is the upstream. */
export const serviceNames = [
  'api-gateway',
  'stream-ingestor',
  'projector',
  'results-gateway',
  'orchestrator',
  'notifier',
] as const;

export const emulatorName = 'parallel-emulator';

export type ServiceName = (typeof serviceNames)[number] | typeof emulatorName;

/** `projector` for the first replica, `projector.2` for the second: names of processes, pid files and logs. */
export const processName = (service: ServiceName, replica: number) =>
  replica === 1 ? service : `${service}.${replica}`;
