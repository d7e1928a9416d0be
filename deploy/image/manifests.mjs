// Copies what npm needs to know about the workspace, and nothing else, into the folder named: node manifests.mjs <folder>
import { cpSync, existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const [folder] = process.argv.slice(2);
const packages = ['libs', 'services'].flatMap((group) => readdirSync(group).map((name) => join(group, name)));
for (const file of ['package.json', 'package-lock.json', ...packages.map((one) => join(one, 'package.json'))])
  if (existsSync(file)) cpSync(file, join(folder, file), { recursive: true });
