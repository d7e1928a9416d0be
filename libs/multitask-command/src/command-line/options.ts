/** One line of `--help`. Without `value` it is a switch. */
export interface OptionHelp {
  readonly value?: string;
  readonly short?: string;
  readonly help: string;
}

const everywhere = {
  server: { value: 'url', help: 'where Multitask is (MULTITASK_SERVER, else http://127.0.0.1:8080)' },
  'key-file': {
    value: 'file',
    help: 'file with the Parallel API key (MULTITASK_KEY_FILE; or the key in PARALLEL_API_KEY)',
  },
  'api-key': { value: 'key', help: 'the key itself: others on this machine can read it in the list of processes' },
  patience: { value: 'seconds', help: 'how long failures that pass are waited out (60; of a watched group 300)' },
  json: { help: 'tell the outcome as JSON on stdout, and errors as JSON on stderr' },
  quiet: { short: 'q', help: 'no progress and no remarks' },
  help: { short: 'h', help: 'show this' },
} as const satisfies Record<string, OptionHelp>;

const output = {
  output: { short: 'o', value: 'file', help: 'where to write the rows (stdout)' },
  format: { value: 'csv|json|ndjson|md|db', help: 'how to write them (by the ending of --output, else csv)' },
} as const satisfies Record<string, OptionHelp>;

const spending = {
  yes: { short: 'y', help: 'agree in advance; without it you are asked' },
  'max-cost': { value: 'usd', help: 'refuse when the estimate is above' },
} as const satisfies Record<string, OptionHelp>;

const reading = {
  'input-format': {
    value: 'csv|tsv|json|ndjson',
    help: 'what the inputs are (by the ending of the file, or how it begins)',
  },
} as const satisfies Record<string, OptionHelp>;

const waiting = { wait: { help: 'show progress until all rows are done' } } as const satisfies Record<
  string,
  OptionHelp
>;

export interface CommandHelp {
  /** What stands behind the command's name. */
  readonly operands: string;
  readonly count: number;
  readonly help: string;
  readonly options: Readonly<Record<string, OptionHelp>>;
}

export const commands = {
  run: {
    operands: '<file | url | ->',
    count: 1,
    help: 'create a group of these inputs, watch it, and write its rows',
    options: {
      describe: { short: 'd', value: 'text', help: 'the wanted output in words' },
      schema: { value: 'file', help: 'JSON Schema of the wanted output' },
      type: { value: 'text|json|auto', help: 'what each row is answered with (json)' },
      processor: { short: 'p', value: 'name', help: 'lite, base, core, pro, ultra … (suggested)' },
      title: { value: 'text', help: 'what the group is called' },
      webhook: { value: 'url', help: 'called when all rows are done' },
      'ttl-days': { value: 'days', help: 'how long the result stays after completion (30)' },
      spec: { value: 'file', help: 'JSON file with any field of a create request; the options above count more' },
      ...reading,
      ...spending,
      'dry-run': { help: 'show schema, processor and price; create nothing' },
      'no-wait': { help: 'print the URL as soon as the group is created, and end' },
      'idempotency-key': {
        value: 'key',
        help: 'makes the same command again the same request, which buys nothing twice',
      },
      ...output,
      ...everywhere,
    },
  },
  watch: {
    operands: '<url>',
    count: 1,
    help: 'show progress until all rows are done',
    options: { ...output, ...everywhere },
  },
  export: {
    operands: '<url>',
    count: 1,
    help: 'write the rows as they are now',
    options: { ...output, ...everywhere },
  },
  retry: {
    operands: '<url>',
    count: 1,
    help: 'run rows again that ended without a result',
    options: { rows: { value: '3,7', help: 'only these, counted from 0' }, ...spending, ...waiting, ...everywhere },
  },
  append: {
    operands: '<url> <file | url | ->',
    count: 2,
    help: 'add rows to a group',
    options: { ...reading, ...spending, ...waiting, ...everywhere },
  },
  cancel: { operands: '<url>', count: 1, help: 'buy no more rows; those that were bought go on', options: everywhere },
  delete: {
    operands: '<url>',
    count: 1,
    help: 'cancel, and forget inputs and results now',
    options: { yes: { short: 'y', help: 'do not ask' }, ...everywhere },
  },
} as const satisfies Record<string, CommandHelp>;

export type CommandName = keyof typeof commands;
export const isCommand = (name: string): name is CommandName => Object.hasOwn(commands, name);
