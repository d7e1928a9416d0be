import type { OrchestrationEngine } from '@multitask/orchestration';
import { readInput, type Operation, type Surroundings } from '@multitask/orchestration-operations';
import type { Principal } from '../access/token.book';
import type { StirBoard } from '../waits/stir.board';
import { inOurWords } from './operation.faults';

/** Does what is asked, for whom it is asked, however it was asked. */
export class OperationService {
  private readonly ending = new AbortController();
  private readonly surroundings: Surroundings;

  constructor(
    engine: OrchestrationEngine,
    board: StirBoard,
    /** Throws while nothing can be answered. */
    private readonly requireReady: () => void = () => undefined,
  ) {
    this.surroundings = {
      engine,
      wait: (awaited, ms, signal) => board.wait(awaited, ms, signal),
      elapsed: () => performance.now(),
    };
  }

  /** Throws `MultitaskError`, and what nobody foresaw. */
  async perform(operation: Operation, given: unknown, { namespace }: Principal, signal: AbortSignal): Promise<object> {
    try {
      const input = readInput(operation, given);
      this.requireReady();
      const caller = { namespace, signal: AbortSignal.any([signal, this.ending.signal]) };
      return (await operation.perform(this.surroundings, input, caller)) as object;
    } catch (error) {
      throw inOurWords(error);
    }
  }

  /** Lets those who wait go with what there is: their calls must not hold up the end of the process. */
  letGo(): void {
    this.ending.abort();
  }
}
