import type { Estimate, LimitsAnswer, MultitaskClient, TaskGroup } from '@multitask/client';
import { exitCodes, UsageError, type ExitCode } from '../exit.codes';
import { readInputs } from '../files/inputs.source';
import { resultOutput, writeResult } from '../files/result.output';
import { printable } from '../terminal/printable';
import { countsOf } from '../terminal/progress.line';
import type { CommandContext } from './command.context';
import { follow, verdict } from './follow';
import { emulatorRemark, isFree, priceText } from './price';

export async function watchCommand(context: CommandContext): Promise<ExitCode> {
  const { invocation, terminal, signal } = context;
  const output = invocation.text('output') === undefined ? undefined : await resultOutput(invocation, terminal);
  const group = await context.groupToRead();
  const status = await follow(group, context);
  const code = verdict(status, context);
  if (output) await writeResult(group, output, terminal, signal);
  await context.outcome({ url: group.url, ...status, output: output?.file ?? null });
  return code;
}

export async function exportCommand(context: CommandContext): Promise<ExitCode> {
  const { invocation, terminal, signal } = context;
  const output = await resultOutput(invocation, terminal);
  if (output.file === undefined && invocation.has('json'))
    throw new UsageError('With --json the rows need a file of their own: name one with --output.');
  const group = await context.groupToRead();
  const { status, ...facts } = await group.status({ signal });
  if (status.is_active) terminal.say('The group is not done yet: these are the rows as they are now.');
  await writeResult(group, output, terminal, signal);
  await context.outcome({ url: group.url, ...facts, status, output: output.file ?? null });
  return countsOf(status).without > 0 && !status.is_active ? exitCodes.someWithoutResult : exitCodes.done;
}

export async function retryCommand(context: CommandContext): Promise<ExitCode> {
  const { invocation, signal } = context;
  const rows = rowsOf(invocation.text('rows'));
  const { client, group } = await context.groupToCommand();
  const { processor, status } = await group.result({ limit: 1, basis: 'none' }, { signal });
  const count = rows?.length ?? countsOf(status).without;
  const limit = await agreePrice(client, context, count, processor);
  const answer = await group.retry({ ...(rows && { rows }), ...limit }, { signal });
  return begun(group, context, answer, `${answer.num_rows} rows are run again.`);
}

export async function appendCommand(context: CommandContext): Promise<ExitCode> {
  const { invocation, terminal, signal } = context;
  const inputs = await readInputs(invocation.operands[1]!, invocation, terminal);
  const { client, group } = await context.groupToCommand();
  const { processor, output_schema } = await group.result({ limit: 1, basis: 'none' }, { signal });
  const plan = { inputs, processor, ...(output_schema ? { output_schema } : { output_type: 'text' as const }) };
  const { num_inputs } = await client.dryRun(plan, { signal });
  const limit = await agreePrice(client, context, num_inputs, processor);
  const answer = await group.append({ inputs, ...limit }, { signal });
  for (const { message } of answer.warnings)
    terminal.say(`${terminal.paint('Warning:', 'yellow')} ${printable(message)}`);
  return begun(group, context, answer, `${answer.num_inputs} rows are added, from row ${answer.first_row} on.`);
}

export async function cancelCommand(context: CommandContext): Promise<ExitCode> {
  const { group } = await context.groupToCommand();
  const answer = await group.cancel({ signal: context.signal });
  context.terminal.say(printable(answer.detail));
  await context.outcome(answer);
  return exitCodes.done;
}

export async function deleteCommand(context: CommandContext): Promise<ExitCode> {
  const { group } = await context.groupToCommand();
  await context.agree(`Delete ${group.url} with all its results? This cannot be undone.`, 'Nothing was deleted');
  const answer = await group.delete({ signal: context.signal });
  context.terminal.say(printable(answer.detail));
  await context.outcome(answer);
  return exitCodes.done;
}

async function begun(group: TaskGroup, context: CommandContext, answer: object, said: string): Promise<ExitCode> {
  const { invocation, terminal } = context;
  terminal.say(said);
  if (!invocation.has('wait')) {
    terminal.say(`Watch it with: multitask watch ${group.url}`);
    await context.outcome(answer);
    return exitCodes.done;
  }
  const status = await follow(group, context);
  await context.outcome({ ...answer, ...status });
  return verdict(status, context);
}

/** Tells what so many rows cost, and asks. What was agreed is the limit of the request. */
async function agreePrice(
  client: MultitaskClient,
  context: CommandContext,
  count: number,
  processor: string,
): Promise<{ max_cost_usd?: number }> {
  const { invocation, terminal, signal } = context;
  const limits = await client.limits({ signal });
  const own = invocation.number('max-cost');
  const estimate = estimateOf(count, processor, limits);
  terminal.tell(`${count} ${count === 1 ? 'row' : 'rows'} with ${printable(processor)}: ${priceText(estimate)}.`);
  if (isFree(limits)) terminal.say(emulatorRemark);
  // None to be bought: a retry then only presents the key again.
  else if (count > 0) await context.agree('Buy it?', 'Nothing was bought');
  const agreed = estimate.cost_usd ?? undefined;
  const max = agreed === undefined || own === undefined ? (agreed ?? own) : Math.min(agreed, own);
  return max === undefined ? {} : { max_cost_usd: max };
}

function estimateOf(count: number, processor: string, { processors }: LimitsAnswer): Estimate {
  const price = processors.find(({ name }) => name === processor)?.usd_per_run ?? null;
  return { cost_usd: price === null ? null : Math.round(price * count * 1e6) / 1e6, usd_per_run: price, seconds: null };
}

function rowsOf(text: string | undefined): number[] | undefined {
  if (text === undefined) return undefined;
  const parts = text.split(',').map((part) => part.trim());
  if (parts.every((part) => /^\d{1,6}$/.test(part))) return parts.map(Number);
  throw new UsageError(`--rows takes numbers of rows counted from 0, such as 3,7, not "${text}".`);
}
