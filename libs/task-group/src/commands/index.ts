export {
  evolveCommands,
  livingHeader,
  newCommandGroup,
  passUnreadableCommand,
  type CommandGroup,
  type CommandHeader,
} from './command-group';
export { earlierCommand, type CommandRequest } from './earlier-command';
export { decideAppend, type Append } from './append.decider';
export { decideRetry, retryableRows, type Retry } from './retry.decider';
export { decideCancel, decideDelete } from './ending.decider';
export { cancelSummary, type CancelSummary } from './cancel-summary';
export { readCommandBody } from './command-body';
export { deliveriesOf, type WebhookFact, type WebhookJob } from './deliveries';
export { shownEvent } from './shown-event';
