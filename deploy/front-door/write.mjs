// Writes everything that routes by path from the one table in libs/contracts:
//   deploy/front-door/nginx.conf             the front door of the compose file
//   helm/multitask/files/front-door.conf     the same for the chart, which fills in where its services are
//   helm/multitask/files/routes.yaml         what Ingress and HTTPRoute are made from
// node deploy/front-door/write.mjs           needs Node 24
import { readdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { compilePackage } from '../build/compile.mjs';
import { nginxConfiguration } from './nginx.mjs';

const root = new URL('../../', import.meta.url);

/** Each file as it must be. */
export async function frontDoorFiles() {
  await compilePackage(fileURLToPath(new URL('libs/contracts', root)));
  const { MultitaskError, problemOf, routes } = createRequire(import.meta.url)('../../libs/contracts/dist/index.js');
  const built = readdirSync(new URL('services', root));
  const problems = {
    away: problemOf(
      new MultitaskError('not_ready', 'This part cannot answer at the moment. Please try again shortly.'),
    ),
    nothing: problemOf(new MultitaskError('path_not_found', 'Nothing answers this path here.')),
  };
  const table = { routes, built, problems };
  const served = routes.filter(({ service }) => built.includes(service));
  const lines = served.map(({ match, path, service }) => `- { match: ${match}, path: ${path}, service: ${service} }\n`);
  return {
    'deploy/front-door/nginx.conf': nginxConfiguration(table, 'compose'),
    'helm/multitask/files/front-door.conf': nginxConfiguration(table, 'chart'),
    'helm/multitask/files/routes.yaml': `# Written by deploy/front-door/write.mjs from libs/contracts/src/routes.ts.\n${lines.join('')}`,
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  for (const [name, text] of Object.entries(await frontDoorFiles())) writeFileSync(new URL(name, root), text);
