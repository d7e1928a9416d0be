import { z } from 'zod';
import { endpointNames } from '../http/endpoint';

const endpoint = z.enum(endpointNames);
const seconds = z.number().min(0).max(86_400);
const count = z.number().int().min(0).max(1_000_000);
const chance = z.number().min(0).max(1);

/** Whom a fault is for. Everything given must fit; nothing given means everybody. */
const match = z.strictObject({
  group: z.string().optional(),
  /** The key itself or its fingerprint. */
  key: z.string().optional(),
  endpoint: z.union([endpoint, z.array(endpoint)]).optional(),
  /** `*` stands for anything, also slashes. */
  path: z.string().optional(),
});

/** Which of the fitting occasions are hit: after `skip` of them, `times` in all, each with probability `rate`. */
const scope = {
  match: match.default({}),
  skip: count.default(0),
  times: count.min(1).optional(),
  rate: chance.default(1),
};

const fault = <K extends string, S extends z.ZodRawShape>(kind: K, shape: S) =>
  z.strictObject({ kind: z.literal(kind), ...scope, ...shape });

const afterFrames = count.default(0);

/** Every fault there is. A new one is a line here and one `take` at the place where it acts. */
export const faultSchema = z.discriminatedUnion('kind', [
  // Requests
  fault('respond', {
    status: z.union([z.literal(200), z.number().int().min(400).max(599)]),
    message: z.string().optional(),
    body: z.enum(['envelope', 'fastapi', 'html', 'empty', 'garbage']).default('envelope'),
    headers: z.record(z.string(), z.string()).default({}),
    retry_after: z.union([z.number(), z.string()]).optional(),
    when: z.enum(['before', 'after']).default('before'),
  }),
  fault('delay', { seconds, when: z.enum(['before', 'after']).default('before') }),
  fault('reset', { when: z.enum(['before', 'after']).default('before') }),
  fault('hold', { when: z.enum(['before', 'after']).default('before') }),
  fault('hang', { when: z.enum(['before', 'after']).default('before') }),
  // Batches and runs
  fault('hide_runs', { seconds }),
  fault('accept_partially', { accept: count }),
  fault('foreign_runs', {
    count: count.max(1_000).default(1),
    metadata: z
      .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
      .nullable()
      .default(null),
    after_seconds: seconds.default(0),
  }),
  fault('shuffle_run_ids', {}),
  fault('end_runs', {
    status: z.enum(['completed', 'failed', 'cancelled', 'action_required']),
    after_seconds: seconds.optional(),
    message: z.string().optional(),
  }),
  fault('stall_runs', { seconds }),
  fault('large_output', {
    bytes: z
      .number()
      .int()
      .min(0)
      .max(64 * 1024 * 1024),
  }),
  // Streams
  fault('cut_stream', {
    after_frames: afterFrames,
    how: z.enum(['clean', 'mid_frame', 'mid_character', 'reset', 'mid_frame_reset']).default('clean'),
  }),
  fault('stall_stream', { after_frames: afterFrames }),
  fault('error_event', {
    after_frames: afterFrames,
    message: z.string().default('Internal error while streaming (fault)'),
    afterwards: z.enum(['continue', 'close']).default('close'),
  }),
  fault('omit_state', {}),
  fault('omit_output', {}),
  fault('repeat_frames', { copies: count.min(1).max(10).default(1) }),
  fault('delay_frames', { seconds }),
  fault('framing', {
    crlf: z.boolean().default(false),
    pings_every_seconds: z.number().min(0.01).max(3_600).optional(),
    id_lines: z.boolean().default(false),
    split_bytes: count.min(1).optional(),
  }),
  fault('unknown_events', { every: count.min(1).default(1) }),
  // Lists of runs
  fault('lag_list', { seconds }),
  fault('hide_active', {}),
  fault('endless_list', { how: z.enum(['pings', 'repeats']).default('pings') }),
  // Every body, streamed or not
  fault('nulls', { as: z.enum(['absent', 'explicit']) }),
  fault('unknown_fields', {}),
]);

export type Fault = z.infer<typeof faultSchema>;
export type FaultKind = Fault['kind'];
export type FaultOf<K extends FaultKind> = Extract<Fault, { kind: K }>;
export type FaultInput = z.input<typeof faultSchema>;
