// Leaves of the root package what compiles and nothing else; npm then installs that in the versions the lock has.
import { readFileSync, writeFileSync } from 'node:fs';

const { devDependencies, ...root } = JSON.parse(readFileSync('package.json', 'utf8'));
const compiler = '@swc/core';
for (const part of ['workspaces', 'optionalDependencies', 'scripts']) delete root[part];
writeFileSync('package.json', JSON.stringify({ ...root, devDependencies: { [compiler]: devDependencies[compiler] } }));
