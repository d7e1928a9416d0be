import { event, MultitaskError, type EventOf, type FieldError } from '@multitask/contracts';
import { checkCost, estimateOf } from '../create/estimate';
import { refuse } from '../create/faults';
import { isOpen, type IngestGroup, type IngestRow } from '../ingest/ingest-group';
import { isSettled } from '../view/group-view';
import { livingHeader, type CommandGroup } from './command-group';
import type { CommandRequest } from './earlier-command';

export interface Retry {
  /** All that can be retried when undefined. */
  readonly rows: readonly number[] | undefined;
  readonly credentialId: string;
  readonly request?: CommandRequest;
  readonly maxCostUsd?: number;
}

/**
 * Rows that ended without a result start the next generation with new runs. A row that was cancelled while its purchase was on
 * the way is left alone until it is known what became of it: it would be paid for twice. A blocked group may be retried without
 * any row: the key that comes with the command is then tried at once.
 */
export function decideRetry(state: CommandGroup, group: IngestGroup, retry: Retry): EventOf<'RetryRequested'> {
  const header = livingHeader(state);
  if (header.followed) return decideLookAgain(state, group, retry);
  const rows = retry.rows ? checkedRows(group, retry.rows) : retryableRows(group);
  if (rows.length === 0 && !group.blocked)
    throw new MultitaskError(
      'nothing_to_do',
      'No row can be retried: none ended as failed, rejected, cancelled or action_required. Rows that still run cannot be retried before they end.',
    );
  const { processor } = header.spec;
  if (rows.length > 0)
    checkCost(estimateOf(rows.length, processor), rows.length, processor, {
      caller: retry.maxCostUsd,
      operator: undefined,
    });
  return event('RetryRequested', {
    rows,
    generation: header.generation + 1,
    credential_id: retry.credentialId,
    ...(retry.request && { request: { ...retry.request } }),
  });
}

/** To run a row again would be a purchase. What a followed group can have again is a look at its list, with a key that may be new. */
function decideLookAgain(state: CommandGroup, group: IngestGroup, retry: Retry): EventOf<'RetryRequested'> {
  const header = livingHeader(state);
  if (retry.rows && retry.rows.length > 0)
    throw new MultitaskError(
      'nothing_to_do',
      'This group was made elsewhere and is only followed here: nothing is bought for it. Without rows, its runs at Parallel are looked at again.',
      { field: 'rows' },
    );
  if (isOpen(group) && !group.blocked)
    throw new MultitaskError('nothing_to_do', 'This group is being followed already; new runs show by themselves.');
  return event('RetryRequested', {
    rows: [],
    generation: header.generation + 1,
    credential_id: retry.credentialId,
    ...(retry.request && { request: { ...retry.request } }),
  });
}

export const retryableRows = (group: IngestGroup): number[] =>
  group.rows.flatMap((row, number) => (isRetryable(row) ? [number] : []));

const isRetryable = (row: IngestRow): boolean => isSettled(row.status) && row.status !== 'completed' && row.batch === 0;

function checkedRows(group: IngestGroup, asked: readonly number[]): number[] {
  const faults = asked.flatMap((number, i): FieldError[] => {
    const message = faultOf(group, number);
    return message === undefined ? [] : [{ field: `rows[${i}]`, message }];
  });
  if (faults.length > 0) refuse('invalid_field', faults);
  return [...new Set(asked)].sort((a, b) => a - b);
}

function faultOf(group: IngestGroup, number: number): string | undefined {
  const row = group.rows[number];
  if (!row) return `is ${number}, and the group has the rows 0 to ${group.rows.length - 1}`;
  if (isRetryable(row)) return undefined;
  if (row.status === 'completed')
    return `is row ${number}, which is completed; only rows without a result can be retried`;
  return `is row ${number}, which has not ended yet (${row.batch === 0 ? row.status : 'it is being bought'})`;
}
