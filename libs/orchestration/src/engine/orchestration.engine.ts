import { AttemptCommands } from './attempt.commands';
import { ClaimCommands } from './claim.commands';
import { ContextCommands } from './context.commands';
import { EnqueueCommands } from './enqueue.commands';
import type { EngineParts } from './engine.parts';
import { HandCommands } from './hand.commands';
import { OrchestrationQueries } from './queries';
import { PruneCommands } from './prune.commands';
import { RunCommands } from './run.commands';
import { Sweep } from './sweep';

/** Everything that can be done to runs and tasks, over one store. Arguments have been checked before they come here. */
export class OrchestrationEngine {
  readonly runs: RunCommands;
  readonly tasks: EnqueueCommands;
  readonly claims: ClaimCommands;
  /** For whoever holds a lease. */
  readonly attempts: AttemptCommands;
  /** For people. */
  readonly byHand: HandCommands;
  readonly contexts: ContextCommands;
  readonly sweep: Sweep;
  readonly pruning: PruneCommands;
  readonly queries: OrchestrationQueries;

  constructor(parts: EngineParts) {
    this.runs = new RunCommands(parts);
    this.tasks = new EnqueueCommands(parts);
    this.claims = new ClaimCommands(parts);
    this.attempts = new AttemptCommands(parts);
    this.byHand = new HandCommands(parts);
    this.contexts = new ContextCommands(parts);
    this.sweep = new Sweep(parts);
    this.pruning = new PruneCommands(parts, this.sweep);
    this.queries = new OrchestrationQueries(parts.store.read, this.sweep);
  }
}
