import { problem, problems, type Operation } from './operation';

const header = (name: string, description: string, example: string) => ({
  name,
  in: 'header',
  required: true,
  description,
  schema: { type: 'string' },
  example,
});

/** For the upstream alone; described so that whoever operates an installation knows what to send there. */
export const hookOperation: Operation = {
  operationId: 'receiveUpstreamWebhook',
  tags: ['upstream'],
  summary: 'Take a webhook of the Parallel account',
  description:
    'Signed with the account’s secret as Standard Webhooks asks (PARALLEL_WEBHOOK_SECRET; without one this path is 404). A hint to look at the group now: nothing of the body is believed or kept, and what is found shows in the result.',
  security: [],
  parameters: [
    header('webhook-id', 'Of this webhook; a second one of the same id is taken and does nothing.', 'whevent_1'),
    header('webhook-timestamp', 'Unix seconds, of the last 5 minutes.', '1795269600'),
    header(
      'webhook-signature',
      'v1,<base64> of HMAC-SHA256 over id.timestamp.body; several, separated by blanks.',
      'v1,…',
    ),
  ],
  requestBody: {
    required: true,
    content: {
      'application/json': {
        schema: { type: 'object' },
        example: {
          type: 'task_run.status',
          timestamp: '2026-11-21T14:00:00Z',
          data: {
            run_id: 'trun_0123456789abcdef0123456789abcdef',
            status: 'completed',
            taskgroup_id: 'tgrp_0123456789abcdef0123456789abcdef',
          },
        },
      },
    },
  },
  responses: {
    '204': { description: 'Taken, whether or not anything comes of it.' },
    ...problems(400, 408, 413, 429),
    '401': problem(401, ['signature_refused']),
    '404': problem(404, ['path_not_found']),
  },
};
