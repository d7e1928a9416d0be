// Leaves of the root package what compiles and nothing else; npm then installs that in the versions the lock has.
import { readFileSync, writeFileSync } from 'node:fs';

const { devDependencies, ...root } = JSON.parse(readFileSync('package.json', 'utf8'));
const compiler = '@swc/core';
const { workspaces: _w, optionalDependencies: _o, scripts: _s, ...kept } = root;
writeFileSync('package.json', JSON.stringify({ ...kept, devDependencies: { [compiler]: devDependencies[compiler] } }));
