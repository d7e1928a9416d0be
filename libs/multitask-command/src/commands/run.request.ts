import { readFile } from 'node:fs/promises';
import type { CreateRequest, CreateSpec } from '@multitask/client';
import type { Invocation } from '../command-line/invocation';
import { UsageError } from '../exit.codes';
import { readInputs } from '../files/inputs.source';
import type { Terminal } from '../terminal/terminal';
import { checkOwnKey } from './purchase';

const outputTypes = ['text', 'json', 'auto'] as const;

/** The create request that a command line asks for. */
export async function requestOf(invocation: Invocation, terminal: Terminal): Promise<CreateRequest> {
  const schema = await jsonFile(invocation.text('schema'));
  const given: CreateSpec = {
    ...(await jsonFile(invocation.text('spec'))),
    ...named('output_description', invocation.text('describe')),
    ...named('output_schema', schema as CreateSpec['output_schema']),
    ...named('output_type', invocation.choice('type', outputTypes)),
    ...named('processor', invocation.text('processor')),
    ...named('title', invocation.text('title')),
    ...named('webhook_url', invocation.text('webhook')),
    ...named('ttl_days', invocation.number('ttl-days')),
    ...named('max_cost_usd', invocation.number('max-cost')),
  };
  if (!given.output_type && !given.output_schema && !given.output_description)
    throw new UsageError('Say what you want: --describe "…", --schema <file> or --type text.');
  checkOwnKey(given, invocation.text('idempotency-key'));
  const spec = { ...given, ...(!given.output_type && !given.output_schema && { output_type: 'json' as const }) };
  return { ...spec, inputs: await readInputs(invocation.operands[0]!, invocation, terminal) };
}

const named = <K extends keyof CreateSpec>(name: K, value: CreateSpec[K]): Pick<CreateSpec, K> | undefined =>
  value === undefined ? undefined : ({ [name]: value } as Pick<CreateSpec, K>);

async function jsonFile(file: string | undefined): Promise<object | undefined> {
  if (file === undefined) return undefined;
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new UsageError(`${file} cannot be read: ${error.code}.`);
  });
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  } catch {
    // Said below, with the name of the file.
  }
  throw new UsageError(`${file} holds no JSON object.`);
}
