import { createHash } from 'node:crypto';
import type { CreateSpec } from '@multitask/contracts';
import type { RequestInputs } from './request-inputs';

/** What a create request said, whichever of the ways it came; its fields are checked, its rows may still have to be fetched. */
export interface CreateRequest {
  readonly spec: CreateSpec;
  readonly inputs: RequestInputs;
  /** The key of a browser's form, which cannot set a header. */
  readonly formKey?: string;
}

/** Lets go of the request's rows after `work`, whatever comes of it: they hold memory and disk. */
export async function releasingRows<T>({ inputs }: CreateRequest, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } finally {
    if (inputs.kind === 'rows') await inputs.rows.dispose();
  }
}

/** Whether two requests ask for the same: the same fields, in any order, and the same rows or the same URL. */
export function requestDigest({ spec, inputs }: CreateRequest): string {
  const source = inputs.kind === 'rows' ? `rows ${inputs.rows.digest}` : `url ${inputs.url}`;
  return createHash('sha256')
    .update(`${canonical(spec)}\n${source}`)
    .digest('hex');
}

const canonical = (value: unknown): string =>
  JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
