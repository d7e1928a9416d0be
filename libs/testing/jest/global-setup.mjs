// One Postgres for the whole run; a NATS server is looked for here once, so that each spec file starts its own in 30 ms.
import { rm } from 'node:fs/promises';
import { compilePackage } from '../../../deploy/build/compile.mjs';
import { startInfrastructure } from './infrastructure.mjs';

export default async function globalSetup() {
  await compilePackage(new URL('../../local-infrastructure', import.meta.url).pathname);
  const infrastructure = await startInfrastructure(process.env);
  Object.assign(process.env, infrastructure.env);
  globalThis.__multitaskInfrastructure = {
    async stop() {
      await infrastructure.stop();
      await Promise.all(infrastructure.folders.map((folder) => rm(folder, { recursive: true, force: true })));
    },
  };
}
