import type { RowInput } from '@multitask/contracts';
import { charactersOf } from './input-row';

/** Characters of one chunk: as an event it stays below the 256 KiB above which events are cut into parts. */
const chunkCharacters = 200 * 1024;

/** More rows in one event would make a single projector transaction needlessly long. */
const chunkRows = 2_000;

export interface RowChunk {
  readonly firstRow: number;
  readonly inputs: RowInput[];
}

/** Gathers rows into chunks the log takes well. A row that is larger than a chunk is a chunk of its own. */
export class RowChunks {
  private open: RowInput[] = [];
  private openCharacters = 0;
  private rows: number;

  constructor(firstRow = 0) {
    this.rows = firstRow;
  }

  /** Answers the chunk that is full now, if there is one. Who knows the row's characters already says them. */
  add(input: RowInput, characters: number = charactersOf(input)): RowChunk | undefined {
    const full =
      this.open.length >= chunkRows || (this.open.length > 0 && this.openCharacters + characters > chunkCharacters)
        ? this.close()
        : undefined;
    this.open.push(input);
    this.openCharacters += characters;
    this.rows++;
    return full;
  }

  /** The last chunk; undefined when there is nothing left. */
  close(): RowChunk | undefined {
    if (this.open.length === 0) return undefined;
    const chunk = { firstRow: this.rows - this.open.length, inputs: this.open };
    this.open = [];
    this.openCharacters = 0;
    return chunk;
  }
}
