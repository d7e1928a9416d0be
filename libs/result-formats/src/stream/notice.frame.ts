import type { Frame } from './frame';

/** Whether the stream is live at the moment, and in one sentence why not. Says nothing of the group, and never has an id. */
export const noticeFrame = (message: string | null): Frame => ({
  event: 'notice',
  data: { live: message === null, message },
});
