import {
  MultitaskError,
  processors,
  type CreateSpec,
  type GroupWarning,
  type JsonObject,
  type RowInput,
} from '@multitask/contracts';
import {
  fallbackProcessor,
  pinnedInputs,
  planSuggested,
  suggestionWarnings,
  taskSpecOf,
  type OutputPlan,
} from '@multitask/task-group';
import type { Resolved } from './create.steps';
import type { Upstream } from './upstream';

/** Plain names alone: the upstream's newest pages no longer list the `-fast` ones. */
const offeredProcessors = processors.map(({ name }) => name).filter((name) => !name.endsWith('-fast'));

/**
 * Asks the upstream for what the caller left open: a schema from words, a processor for the task. Its warnings are always passed
 * on. Without a processor there is a fallback; without a schema there is none, so that no group ever runs without the schema it
 * was asked for.
 */
export async function resolveSuggestions(
  upstream: Upstream,
  apiKey: string,
  spec: CreateSpec,
  plan: OutputPlan,
  sample: readonly RowInput[],
): Promise<Resolved> {
  const suggested = plan.kind === 'suggest' ? await suggestSchema(upstream, apiKey, plan.intent, sample) : undefined;
  const known = suggested?.plan ?? (plan as Extract<OutputPlan, { kind: 'known' }>);
  const warnings = [...(suggested?.warnings ?? []), ...known.warnings];
  if (spec.processor !== undefined)
    return { output: known.output, processor: spec.processor, ...titled(suggested?.title), warnings };
  const chosen = await suggestProcessor(
    upstream,
    apiKey,
    taskSpecOf({ output: known.output, input_schema: spec.input_schema }),
  );
  return {
    output: known.output,
    processor: chosen.name,
    ...titled(suggested?.title),
    warnings: [...warnings, ...chosen.warnings],
  };
}

async function suggestSchema(upstream: Upstream, apiKey: string, intent: string, sample: readonly RowInput[]) {
  const task = await upstream
    .suggest(apiKey, { user_intent: intent, previous_task: pinnedInputs(sample) })
    .catch((error: unknown) => {
      // A refused key or an empty account is the caller's matter; anything else means that there is no schema.
      if (MultitaskError.is(error) && error.kind.status < 500) throw error;
      throw noSchema('The schema could not be suggested', error);
    });
  const plan = task.output_schema ? planSuggested(task.output_schema) : undefined;
  if (!plan) throw noSchema('No usable schema was suggested');
  return { plan, title: task.title?.slice(0, 200) || undefined, warnings: suggestionWarnings(task.warnings) };
}

const noSchema = (what: string, cause?: unknown): MultitaskError =>
  new MultitaskError(
    'upstream_failed',
    `${what}, and nothing was created. Try again, or send output_schema yourself.`,
    {
      field: 'output_description',
      cause,
    },
  );

async function suggestProcessor(upstream: Upstream, apiKey: string, taskSpec: JsonObject) {
  try {
    const [best] = await upstream.suggestProcessor(apiKey, {
      task_spec: taskSpec,
      choose_processors_from: offeredProcessors,
    });
    if (best) return { name: best, warnings: [] };
  } catch (error) {
    if (MultitaskError.is(error) && error.kind.status < 500) throw error;
  }
  return { name: fallbackProcessor, warnings: [fallbackWarning] };
}

const fallbackWarning: GroupWarning = {
  code: 'processor_fallback',
  field: 'processor',
  message: `No processor could be suggested; ${fallbackProcessor} is used. Name one to choose yourself.`,
};

const titled = (title: string | undefined): { title?: string } => (title === undefined ? {} : { title });
