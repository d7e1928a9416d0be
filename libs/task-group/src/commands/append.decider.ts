import { event, MultitaskError, type EventOf, type GroupWarning } from '@multitask/contracts';
import { checkCost, checkRowCount, estimateOf } from '../create/estimate';
import { livingHeader, type CommandGroup } from './command-group';
import type { CommandRequest } from './earlier-command';

export interface Append {
  readonly batchId: string;
  readonly rowCount: number;
  readonly credentialId: string;
  readonly warnings: readonly GroupWarning[];
  readonly request?: CommandRequest;
  /** What the caller allows for these rows. */
  readonly maxInputs?: number;
  readonly maxCostUsd?: number;
  /** What the operator allows for a whole group. */
  readonly limits: { readonly rows: number; readonly costUsd: number | undefined };
}

/** Rows behind the last one start the next generation, also while the present one still runs. */
export function decideAppend(state: CommandGroup, append: Append): EventOf<'InputsAppended'> {
  const header = livingHeader(state);
  if (header.followed)
    throw new MultitaskError(
      'nothing_to_do',
      'This group was made elsewhere and is only followed here: nothing is bought for it. Add the rows at Parallel, and follow it again.',
    );
  const { rowCount, limits } = append;
  const total = header.rowCount + rowCount;
  checkRowCount(rowCount, append.maxInputs, limits.rows);
  if (total > limits.rows)
    throw new MultitaskError(
      'too_large',
      `The group has ${header.rowCount} rows; with ${rowCount} more it would have more than ${limits.rows}. Make a new group.`,
      { field: 'inputs' },
    );
  const { processor } = header.spec;
  checkCost(estimateOf(rowCount, processor), rowCount, processor, { caller: append.maxCostUsd, operator: undefined });
  checkCost(estimateOf(total, processor), total, processor, { caller: undefined, operator: limits.costUsd });
  return event('InputsAppended', {
    batch_id: append.batchId,
    first_row: header.rowCount,
    row_count: rowCount,
    generation: header.generation + 1,
    credential_id: append.credentialId,
    ...(append.warnings.length > 0 && { warnings: [...append.warnings] }),
    ...(append.request && { request: { ...append.request } }),
  });
}
