import type { RowInput } from '@multitask/contracts';
import type { EventLog } from '@multitask/event-log';
import type { IngestGroup, InputChunk } from '@multitask/task-group';

/**
 * Inputs of rows that are to be bought, read from the log where they stand: an ingestor that kept them would need as much memory
 * as all its groups have data. The last chunk is kept, because the next batch mostly needs it again.
 */
export class InputLoader {
  private last: { readonly chunk: InputChunk; readonly inputs: readonly RowInput[] } | undefined;

  constructor(
    private readonly log: EventLog,
    private readonly groupId: string,
  ) {}

  /** The inputs by row number. */
  async load(state: IngestGroup, rows: readonly number[]): Promise<Map<number, RowInput>> {
    const inputs = new Map<number, RowInput>();
    for (const row of rows) {
      const chunk = state.chunks.find(({ firstRow, rowCount }) => row >= firstRow && row < firstRow + rowCount);
      if (!chunk) continue;
      const input = (await this.inputsOf(chunk))[row - chunk.firstRow];
      if (input !== undefined) inputs.set(row, input);
    }
    return inputs;
  }

  /** Everything that is waiting to be bought is bought, so nothing need be kept. */
  forget(): void {
    this.last = undefined;
  }

  private async inputsOf(chunk: InputChunk): Promise<readonly RowInput[]> {
    if (this.last?.chunk === chunk) return this.last.inputs;
    for await (const entry of this.log.readGroup(this.groupId, chunk.readFrom)) {
      if (entry.kind !== 'event' || entry.event.name !== 'RowsAccepted') continue;
      const { batch_id, first_row, inputs } = entry.event.data;
      if (batch_id !== chunk.batchId || first_row !== chunk.firstRow) continue;
      this.last = { chunk, inputs };
      return inputs;
    }
    throw new Error(`the inputs from row ${chunk.firstRow} on are not in the log`);
  }
}
