import { writeFile } from 'node:fs/promises';
import {
  MultitaskError,
  newIdempotencyKey,
  type CreatedGroup,
  type CreateRequest,
  type CreateSpec,
  type DryRunAnswer,
  type MultitaskClient,
} from '@multitask/client';
import { UsageError } from '../exit.codes';
import type { CommandContext } from './command.context';

/**
 * What was shown is what is bought: schema and processor of the dry run are sent along instead of being suggested once more, and
 * its estimate is the limit.
 */
export function asShown(request: CreateRequest, shown: DryRunAnswer): CreateRequest {
  const { cost_usd } = shown.estimate;
  return {
    ...request,
    processor: shown.processor,
    ...(shown.output_type === 'json' && shown.output_schema && { output_schema: shown.output_schema }),
    ...(cost_usd !== null && { max_cost_usd: Math.min(cost_usd, request.max_cost_usd ?? Infinity) }),
  };
}

/** Under a key of one's own the request goes as it stands: only so is the same command again the same request. */
export function checkOwnKey({ processor }: CreateSpec, key: string | undefined): void {
  if (key !== undefined && processor === undefined)
    throw new UsageError('--idempotency-key needs --processor: one that is suggested may be another the next time.');
}

/**
 * Creates the group. Once it is sent, Ctrl+C waits for the answer: whether something was bought has to be known. Where it cannot
 * be known, what is needed to go on is kept in a file.
 */
export async function purchase(
  client: MultitaskClient,
  request: CreateRequest,
  { invocation, terminal }: CommandContext,
): Promise<CreatedGroup> {
  const idempotencyKey = invocation.text('idempotency-key') ?? newIdempotencyKey();
  try {
    return await client.create(request, { idempotencyKey });
  } catch (error) {
    if (isRefusal(error)) throw error;
    const { inputs: _, ...spec } = request;
    const file = `multitask-${idempotencyKey.replace(/[^\w-]/g, '_').slice(0, 60)}.spec.json`;
    // It may hold secrets of webhooks and MCP servers.
    await writeFile(file, `${JSON.stringify(spec, null, 2)}\n`, { mode: 0o600 });
    terminal.tell(
      `Whether the group was created is not known. The same command with\n  --idempotency-key ${idempotencyKey} --spec ${file}\ngoes on from there and buys nothing twice.`,
    );
    throw error;
  }
}

/** An answer below 500 is certain: nothing was created. Unless it says that an earlier attempt is still at work. */
const isRefusal = (error: unknown): boolean =>
  MultitaskError.is(error) && (error.status ?? 500) < 500 && error.code !== 'request_in_progress';
