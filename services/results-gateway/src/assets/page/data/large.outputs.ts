import type { RunAnswer } from './answer';
import { confidenceByField, type Row } from './row';

/** An output too large for the stream is fetched once its row is looked at. */
export class LargeOutputs {
  private readonly asked = new Set<string>();

  constructor(private readonly put: (row: Row) => void) {}

  want(row: Row): void {
    const url = row.outputUrl;
    if (url === null || this.asked.has(url)) return;
    this.asked.add(url);
    // Another look asks again for what could not be had.
    void this.load(row, url).catch(() => this.asked.delete(url));
  }

  private async load(row: Row, url: string): Promise<void> {
    const answer = await fetch(url);
    if (!answer.ok) throw new Error(`${answer.status}`);
    const { result, basis } = (await answer.json()) as RunAnswer;
    this.put({ ...row, result, confidence: confidenceByField(basis, result), outputUrl: null });
  }
}
