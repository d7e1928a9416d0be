export * from './event-log';
export * from './lease-store';
