import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from './command';

/** What the chart runs beside our own image, by the defaults of its values. */
export const neighbours = ['nats:2-alpine', 'postgres:17', 'nginxinc/nginx-unprivileged:stable'];

const base = 'node:24-trixie-slim';

/** Limit of what our image may add to its base, in bytes. */
const mostBytes = 350 * 1024 * 1024;

/** Sees to it that the images we build on are there; where none can be pulled, a command beside the cluster's tools makes them. */
export async function haveBaseImages(tools: string): Promise<string> {
  const missing = await missingOf([base, ...neighbours]);
  if (missing.length === 0) return 'all there';
  const maker = join(tools, '../images/build');
  const canMake = await access(maker).then(
    () => true,
    () => false,
  );
  if (canMake) await run(maker, ['node', 'nats', 'postgres', 'nginx']);
  else for (const image of missing) await run('docker', ['pull', image]);
  return canMake ? `made ${missing.join(', ')}` : `pulled ${missing.join(', ')}`;
}

async function missingOf(images: readonly string[]): Promise<string[]> {
  const found = await Promise.all(
    images.map((image) => run('docker', ['image', 'inspect', image], { mayFail: true }).catch(() => ({ code: 1 }))),
  );
  return images.filter((_, i) => found[i]!.code !== 0);
}

/** Builds the image; answers by how much it is larger than its base. */
export async function buildImage(root: string, image: string): Promise<string> {
  await run('docker', ['build', '-q', '-f', 'deploy/Dockerfile', '-t', image, '.'], { cwd: root });
  const [own, under] = await Promise.all([image, base].map(sizeOf));
  const added = own! - under!;
  if (added > mostBytes)
    throw new Error(`the image adds ${megabytes(added)} to its base, more than ${megabytes(mostBytes)}`);
  return `${megabytes(added)} over ${base}`;
}

const sizeOf = async (image: string): Promise<number> =>
  Number((await run('docker', ['image', 'inspect', '--format', '{{.Size}}', image])).stdout);

const megabytes = (bytes: number): string => `${Math.round(bytes / 1024 / 1024)} MiB`;
