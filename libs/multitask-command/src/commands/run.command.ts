import type { DryRunAnswer } from '@multitask/client';
import { exitCodes, type ExitCode } from '../exit.codes';
import { resultOutput, writeResult } from '../files/result.output';
import { printable } from '../terminal/printable';
import type { CommandContext } from './command.context';
import { follow, verdict } from './follow';
import { emulatorRemark, isFree, priceText } from './price';
import { asShown, purchase } from './purchase';
import { requestOf } from './run.request';

/** Checks, tells the price, asks, buys, watches, writes. */
export async function runCommand(context: CommandContext): Promise<ExitCode> {
  const { invocation, terminal, signal } = context;
  const output = await resultOutput(invocation, terminal);
  const request = await requestOf(invocation, terminal);
  const client = await context.client();
  const shown = await client.dryRun(request, { signal });
  tellPlan(shown, context);
  if (invocation.has('dry-run')) {
    if (!invocation.has('json'))
      await terminal.print(`${JSON.stringify(shown.output_schema ?? shown.output_type, null, 2)}\n`);
    await context.outcome(shown);
    return exitCodes.done;
  }
  if (isFree(await client.limits({ signal }))) terminal.say(emulatorRemark);
  else await context.agree('Buy it?', 'Nothing was bought');
  const agreed = invocation.text('idempotency-key') === undefined ? asShown(request, shown) : request;
  signal.throwIfAborted();
  const { group, answer } = await purchase(client, agreed, context);
  terminal.tell(terminal.paint(group.url, 'bold'));
  if (answer.webhook_secret && !invocation.has('json'))
    terminal.tell(`The webhook is signed with ${answer.webhook_secret}`);
  if (invocation.has('no-wait')) {
    await context.outcome(answer);
    return exitCodes.done;
  }
  const status = await follow(group, context);
  const code = verdict(status, context);
  // With --json, stdout is the outcome's; rows then need a file.
  if (output.file !== undefined || !invocation.has('json')) await writeResult(group, output, terminal, signal);
  if (output.file !== undefined) terminal.say(`Rows: ${output.file}`);
  await context.outcome({ ...answer, ...status, url: group.url, output: output.file ?? null });
  return code;
}

function tellPlan(
  { num_inputs, processor, estimate, warnings, output_schema }: DryRunAnswer,
  { invocation, terminal }: CommandContext,
): void {
  const rows = num_inputs === 1 ? 'row' : 'rows';
  const plan = `${num_inputs} ${rows} with ${printable(processor)}: ${priceText(estimate)}.`;
  // Who is asked has to know the price.
  if (invocation.has('yes')) terminal.say(plan);
  else terminal.tell(plan);
  const properties = output_schema?.properties;
  if (properties && typeof properties === 'object')
    terminal.say(`Columns: ${Object.keys(properties).map(printable).join(', ')}`);
  for (const { message } of warnings) terminal.say(`${terminal.paint('Warning:', 'yellow')} ${printable(message)}`);
}
