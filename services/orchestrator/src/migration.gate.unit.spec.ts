import { createLogger } from '@multitask/platform';
import { MigrationGate } from './migration.gate';

const quiet = createLogger('test', { level: 'silent', format: 'json' });

it('nothing is answered while there are no tables, and everything once they could be made', async () => {
  let isThere = false;
  let tries = 0;
  let made: () => void;
  const done = new Promise<void>((resolve) => (made = resolve));
  const migrate = async () => {
    tries++;
    if (!isThere) throw new Error('no database');
    made();
  };
  const gate = new MigrationGate(migrate, quiet);
  await gate.start();
  expect(() => gate.require()).toThrow(expect.objectContaining({ code: 'not_ready' }));
  isThere = true;
  await done;
  await new Promise(setImmediate);
  gate.require();
  expect(tries).toBeGreaterThanOrEqual(2);
  gate.stop();
});
