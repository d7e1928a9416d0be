import type { RunInput } from '../intake/run-input';
import { research } from '../research/research';
import type { Output } from '../research/output';
import { seededRandom } from '../research/random';
import type { EmulatorSettings } from '../settings';
import type { PlannedRun, TaskRunRepository } from '../store/task-run.repository';
import type { ErrorObject } from '../wire/api-error';
import type { RunStatus } from '../wire/task-run';
import type { Ids } from './ids';

const elementBasisBeta = 'field-basis-2025-11-25';

const reasons = [
  'The sources needed for this task could not be reached (emulator)',
  'The task could not be completed within its time limit (emulator)',
  'No reliable source was found for the requested fields (emulator)',
];

export interface Outcome {
  readonly status: RunStatus;
  readonly output?: string;
  readonly error?: ErrorObject;
}

/** How a run ends: its answer, or its error. */
export class RunEnding {
  constructor(
    private readonly runs: TaskRunRepository,
    private readonly settings: EmulatorSettings,
    private readonly ids: Ids,
    private readonly onEnd: (run: PlannedRun, input: RunInput) => void,
  ) {}

  outcomeOf(run: PlannedRun): Outcome {
    const input = this.runs.inputOf(run.runId);
    this.onEnd(run, input);
    if (run.ending === 'completed') return this.completed(run, input);
    return run.ending === 'failed' ? this.failed(run) : { status: run.ending };
  }

  private completed(run: PlannedRun, input: RunInput): Outcome {
    try {
      return { status: 'completed', output: JSON.stringify(this.answer(run, input)) };
    } catch {
      // Rare schemas pass the trial at the door and still ask for too much of another input.
      return this.failed(run);
    }
  }

  private failed(run: PlannedRun): Outcome {
    const random = seededRandom(this.settings.EMULATOR_SEED, run.runId);
    const message = run.twist.message ?? random.pick(reasons);
    return { status: 'failed', error: { ref_id: this.ids.reference(), message, detail: null } };
  }

  private answer(run: PlannedRun, input: RunInput): Output {
    const output = research({
      seed: this.settings.EMULATOR_SEED,
      processor: run.processor,
      input: input.input,
      spec: this.runs.specOf(run.specId),
      mcpServers: input.mcp_servers,
      elementBasis: this.settings.EMULATOR_ELEMENT_BASIS || run.betas.includes(elementBasisBeta),
    });
    return run.twist.outputBytes === undefined ? output : padded(output, run.twist.outputBytes);
  }
}

/** Makes an answer as large as a test wants it, in a text where that breaks no schema. */
function padded(output: Output, bytes: number): Output {
  const filler = 'synthetic padding '.repeat(Math.ceil(bytes / 18)).slice(0, bytes);
  if (output.type === 'text') return { ...output, content: `${output.content}\n\n${filler}` };
  const [first, ...rest] = output.basis;
  return first ? { ...output, basis: [{ ...first, reasoning: `${first.reasoning} ${filler}` }, ...rest] } : output;
}
