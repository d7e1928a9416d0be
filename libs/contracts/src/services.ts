import { z } from 'zod';
import type { Problem } from './errors';
import { isTaskGroupId } from './ids';

/** Core NATS subjects of request/reply between our services: small messages, never a secret. */
export const requestSubjects = {
  getData: 'multitask-rpc.results.getData',
  getStatus: 'multitask-rpc.results.getStatus',
  orchestrate: 'multitask-rpc.orchestration.perform',
} as const;

/** Core NATS subject: the payload is the id of a group that its holder should look at now. Nobody need hear it. */
export const hintSubject = 'multitask-hint.group';

const groupId = z.string().refine(isTaskGroupId, 'is no task group id');

export const statusRequest = z.object({ id: groupId });
export type StatusRequest = z.infer<typeof statusRequest>;

/** `query` as in the URL of a result: status, limit, cursor, fields, basis. */
export const dataRequest = z.object({
  id: groupId,
  format: z.enum(['json', 'md']).default('json'),
  query: z.record(z.string(), z.string()).default({}),
});
export type DataRequest = z.input<typeof dataRequest>;

/** Failures are answers: the asker passes the problem on as it is. */
export type Failed = { readonly ok: false; readonly problem: Problem };

/** `status` is the body of `GET /<id>/status`. */
export type StatusReply = { readonly ok: true; readonly status: object } | Failed;

/** The text of the answer, or where to fetch it when it is over 256 KiB. */
export type DataReply =
  | { readonly ok: true; readonly body: string }
  | {
      readonly ok: true;
      readonly reference: { readonly path: string; readonly query: Readonly<Record<string, string>> };
    }
  | Failed;

/** One operation of the orchestration engine. `namespace` is the only one that its caller sees; null: all of them. */
export const orchestrationRequest = z.object({
  operation: z.string(),
  input: z.unknown(),
  namespace: z.string().nullable(),
});
export type OrchestrationRequest = z.infer<typeof orchestrationRequest>;

export type OrchestrationReply = { readonly ok: true; readonly output: object } | Failed;
