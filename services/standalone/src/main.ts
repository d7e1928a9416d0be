import { createLogger } from '@multitask/platform';
import { helpText, OptionError, parseOptions } from './options';
import { runStandalone } from './standalone';

async function main(): Promise<number> {
  try {
    const options = parseOptions(process.argv.slice(2), process.env);
    if (options.help) {
      process.stdout.write(`${helpText()}\n`);
      return 0;
    }
    const logger = createLogger('standalone', {
      level: process.env.LOG_LEVEL || 'warn',
      format: process.stderr.isTTY ? 'pretty' : 'json',
    });
    return await runStandalone(options, process.env, logger);
  } catch (error) {
    // An option or a state of the machine that a person can mend: the sentence says how, a stack would not.
    process.stderr.write(`${(error as Error).message}\n`);
    if (process.env.LOG_LEVEL === 'debug' || process.env.LOG_LEVEL === 'trace')
      process.stderr.write(`${(error as Error).stack}\n`);
    return error instanceof OptionError ? 64 : 1;
  }
}

void main().then((code) => process.exit(code));
