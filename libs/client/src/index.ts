export { MultitaskClient, type ClientOptions, type CreatedGroup, type FinishedGroup, type RunOptions } from './client';
export { MultitaskError, type FieldError } from './error/multitask.error';
export type { AnsweredCode, ClientCode, ErrorCode } from './error/error.codes';
export {
  TaskGroup,
  type CallOptions,
  type CommandOptions,
  type DownloadFormat,
  type GroupStreamOptions,
  type WaitOptions,
} from './group/task-group';
export { groupAddress, originOf, type GroupAddress } from './group/group.address';
export type * from './group/create-request';
export type * from './group/answers';
export {
  rowStatuses,
  type Citation,
  type Cost,
  type FieldBasis,
  type FlatRow,
  type GroupHead,
  type GroupStatus,
  type ResultAnswer,
  type ResultQuery,
  type RowRun,
  type RowStatus,
  type StatusAnswer,
  type TaskOutput,
  type TaskRun,
} from './group/results';
export { csv, newIdempotencyKey } from './request/inputs.body';
export type * from './stream/stream.events';
export type { StreamOptions } from './stream/group.stream';
export { GroupView, type ViewedRow } from './stream/group.view';
export {
  verifyWebhook,
  type TaskGroupCompleted,
  type VerifiedWebhook,
  type VerifyOptions,
  type WebhookHeaders,
} from './webhook/verify.webhook';
