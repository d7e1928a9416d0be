import { event, type EventOf } from '@multitask/contracts';
import { livingHeader, type CommandGroup } from './command-group';

/** Undefined when the present generation was cancelled already: what is not bought will not be bought. */
export function decideCancel(state: CommandGroup): EventOf<'CancelRequested'> | undefined {
  const { generation, cancelled } = livingHeader(state);
  return cancelled ? undefined : event('CancelRequested', { generation });
}

/** Undefined when it is being deleted already. */
export function decideDelete(state: CommandGroup): EventOf<'DeleteRequested'> | undefined {
  if (state.header?.deleted) return undefined;
  return event('DeleteRequested', { generation: livingHeader(state).generation });
}
