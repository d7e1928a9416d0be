import { createHash } from 'node:crypto';
import type { CreateSpec } from '@multitask/contracts';
import { validateFollow } from '@multitask/task-group';
import type { AcceptedRows } from '../inputs/accepted-rows';
import type { RequestInputs } from './request-inputs';

/** What a create request said, whichever of the ways it came; its fields are checked, its rows may still have to be fetched. */
export interface CreateRequest {
  readonly spec: CreateSpec;
  readonly inputs: RequestInputs;
  /** The group that exists at Parallel and is to be followed; then there are no inputs, and nothing is bought. */
  readonly follows?: string;
  /** The key of a browser's form, which cannot set a header. */
  readonly formKey?: string;
}

/** A request to follow a group: what of its fields a created group has as well, and no rows. */
export function followingRequest(body: object): CreateRequest {
  const { taskgroup_id: follows, ...spec } = validateFollow(body);
  return { spec, follows, inputs: { kind: 'rows', rows: noRows } };
}

const noRows: AcceptedRows = {
  count: 0,
  digest: '',
  preview: [],
  oversized: () => [],
  chunks: async function* () {},
  dispose: async () => {},
};

/** Lets go of the request's rows after `work`, whatever comes of it: they hold memory and disk. */
export async function releasingRows<T>({ inputs }: CreateRequest, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } finally {
    if (inputs.kind === 'rows') await inputs.rows.dispose();
  }
}

/** Whether two requests ask for the same: the same fields, in any order, and the same rows or the same URL. */
export function requestDigest({ spec, inputs, follows }: CreateRequest): string {
  const source = inputs.kind === 'rows' ? `rows ${inputs.rows.digest}` : `url ${inputs.url}`;
  return createHash('sha256')
    .update(`${canonical(spec)}\n${follows === undefined ? source : `group ${follows}`}`)
    .digest('hex');
}

const canonical = (value: unknown): string =>
  JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
