// One Postgres for the whole run; a NATS server is looked for here once, so that each spec file starts its own in 30 ms.
import { compilePackage } from '../../../deploy/build/compile.mjs';
import { startInfrastructure } from './infrastructure.mjs';
import { makeRunFolder, removeRunFolder } from './run-folder.mjs';

export default async function globalSetup() {
  await compilePackage(new URL('../../local-infrastructure', import.meta.url).pathname);
  // Services in specs run from their sources; browsers do not.
  await compilePackage(new URL('../../../services/results-gateway', import.meta.url).pathname);
  const folder = await makeRunFolder();
  const infrastructure = await startInfrastructure(process.env, folder);
  Object.assign(process.env, infrastructure.env);
  globalThis.__multitaskInfrastructure = {
    async stop() {
      await infrastructure.stop();
      await removeRunFolder(folder);
    },
  };
}
