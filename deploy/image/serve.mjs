// What a container of the image runs: the service its command names.
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const app = dirname(fileURLToPath(import.meta.url));
const mainOf = (name) => join(app, 'services', name, 'dist/main.js');
const services = readdirSync(join(app, 'services')).filter((name) => existsSync(mainOf(name)));

/** Commands beside the services. */
const others = { migrate: join(app, 'libs/read-model/dist/migrate.main.js'), try: join(app, 'try.mjs') };
const usage = `Say what to run: ${[...services, ...Object.keys(others)].join(', ')}.\n`;

// As the first process of a container Node gets no default for signals: a stop while the code is loaded would be ignored.
const leave = () => process.exit(143);
process.once('SIGTERM', leave);

const [name] = process.argv.slice(2);
if (name === 'help' || name === undefined) process.stdout.write(usage);
else if (services.includes(name) || name in others) {
  await import(pathToFileURL(others[name] ?? mainOf(name)).href);
  // A service stops in its own way from here on.
  if (services.includes(name)) process.off('SIGTERM', leave);
} else {
  process.stderr.write(`There is nothing called "${name.slice(0, 50)}" in this image. ${usage}`);
  process.exitCode = 64;
}
