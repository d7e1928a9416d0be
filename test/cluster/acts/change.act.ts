import { run } from '../command';
import { unnoticed, type ActAccount, type ActOf, type Stage } from './act';

/** An upgrade or a rollback: nobody notices. */
export async function changeRelease({ what, command }: ActOf<'change'>, { release }: Stage): Promise<ActAccount> {
  const at = Date.now();
  const [program, ...args] = command;
  await run(program!, args, { timeoutMs: 1_000_000 });
  await release.settled(120_000);
  const done = Date.now();
  return {
    fault: { kind: 'stop', service: what, at, until: done },
    disturbance: { what, from: at, until: done, ...unnoticed },
    faults: [],
    says: `${what} took ${((done - at) / 1_000).toFixed(1)} s`,
  };
}
