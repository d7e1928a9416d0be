export type { AnsweredCode, ClientCode, ErrorCode } from './error/error.codes';
export { MultitaskError, type FieldError } from './error/multitask.error';
