import { exitCodes } from './exit.codes';
import { multitask } from './multitask';
import { Interrupted, Terminal } from './terminal/terminal';

const interruption = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.on(signal, () => {
    // Whoever asks twice does not want to wait for what is under way.
    if (interruption.signal.aborted) process.exit(exitCodes.interrupted);
    interruption.abort(new Interrupted());
  });

// Whoever reads us has enough: `multitask export … | head`.
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : exitCodes.failed));

const terminal = new Terminal(process);
void multitask(process.argv.slice(2), process.env, terminal, interruption.signal).then((code) => {
  process.exitCode = code;
  // A pipe that was asked of and never closed must not keep us.
  process.stdin.unref?.();
});
