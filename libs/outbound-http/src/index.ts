export { assertCallable, shownUrl, type CallPolicy } from './call.policy';
export type { Resolve } from './guarded-connector';
export {
  createOutboundClient,
  type Fetched,
  type GetOptions,
  type OutboundClient,
  type OutboundOptions,
  type Posted,
  type PostOptions,
} from './outbound.client';
export { OutboundError, type OutboundFault } from './outbound.errors';
export { outboundSettings } from './settings';
