import { scaleOf, type Benchmark, type Scale } from './benchmark';
import { Stage } from './rig/stage';

/** One benchmark in a process of its own: `node program.ts <file> <options as JSON>`; its outcome goes over the channel. */
const [file, options] = process.argv.slice(2) as [string, string];
const { length, ...given } = JSON.parse(options) as { length: Scale['length'] } & Omit<
  ConstructorParameters<typeof Stage>[0],
  'scale'
>;
const { benchmark } = (await import(`./${file}`)) as { benchmark: Benchmark };
process.on('unhandledRejection', (error) => {
  process.send!({ error: error instanceof Error ? error.stack : String(error) });
  process.exit(1);
});
const stage = new Stage({ ...given, scale: scaleOf(length) });
try {
  process.send!({ measured: await benchmark.run(stage) });
} catch (error) {
  process.send!({ error: error instanceof Error ? error.stack : String(error) });
} finally {
  await stage.close();
  process.disconnect();
}
