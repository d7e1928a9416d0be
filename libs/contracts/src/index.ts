export * from './ids';
export * from './subjects';
export * from './orchestration-feed';
export * from './json';
export * from './upstream';
export * from './processors';
export * from './routes';
export * from './errors';
export * from './limits';
export * from './services';
export * from './events/group-spec';
export {
  eventKinds,
  event,
  type EventData,
  type EventName,
  type EventOf,
  type GroupEvent,
  type RecordedEvent,
} from './events/registry';
export { reportsIn, type RunReport } from './events/run-reports';
export { decodeEvent, eventType, UnreadableEventError } from './events/codec';
export {
  createFields,
  createRequest,
  createSpec,
  followRequest,
  inputsField,
  type CreateRequest,
  type CreateSpec,
  type FollowRequest,
  type McpServerInput,
} from './http/create-request';
export * from './http/answers';
export * from './http/command-answers';
export * from './http/command-requests';
export * from './http/result-answers';
