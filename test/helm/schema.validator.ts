import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import type { KubernetesObject } from './chart';

/** What is wrong with each object by the schemas of Kubernetes and of the operators. */
export const faultsOf = (objects: readonly KubernetesObject[]): string[] =>
  JSON.parse(
    execFileSync(process.execPath, [join(__dirname, 'validate.mjs')], {
      input: JSON.stringify(objects),
      encoding: 'utf8',
    }),
  ) as string[];
