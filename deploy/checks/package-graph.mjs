// Packages that need one another in a circle cannot be built, read or tested apart. Exits 1 and names the circle.
import { fileURLToPath } from 'node:url';
import { readPackages } from '../local/packages.mjs';

/** The names along one circle, or undefined. */
export function findCircle(packages) {
  const needs = new Map(packages.map((one) => [one.name, one.needs]));
  const done = new Set();
  const follow = (name, path) => {
    if (path.includes(name)) return [...path.slice(path.indexOf(name)), name];
    if (done.has(name)) return undefined;
    for (const need of needs.get(name) ?? []) {
      const circle = follow(need, [...path, name]);
      if (circle) return circle;
    }
    done.add(name);
    return undefined;
  };
  for (const { name } of packages) {
    const circle = follow(name, []);
    if (circle) return circle;
  }
  return undefined;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const circle = findCircle(readPackages());
  if (circle) {
    console.error(`Packages need one another in a circle: ${circle.join(' → ')}`);
    process.exit(1);
  }
}
