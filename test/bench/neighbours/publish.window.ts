import type { JetStreamClient } from '@nats-io/jetstream';
import { inWindow } from '../rig/window';

/** So many publishes wait for their acknowledgement at a time, as the client's own examples have it. */
const window = 200;

/** The same bodies into a stream, one message each, without fence, fold or validation. */
export const publishAll = (js: JetStreamClient, subject: string, bodies: readonly Uint8Array[]): Promise<void> =>
  inWindow(window, bodies, (body) => js.publish(subject, body));
