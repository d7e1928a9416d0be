// What readers rely on: links lead somewhere, shown code is the code, and no file speaks of the machine it was made on.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');

/** Paths of one machine and addresses of one registry. Written so that this list does not find itself. */
const forbidden = [
  /(?:^|[^.\w])\/work\/[a-z]/,
  /\/root\/[\w.]/,
  /\/home\/[\w-]+\//,
  /registry\.[\w.]+\.(?:com|dev|io|org)\b/,
];
const mayHold = new Set(['package-lock.json', 'deploy/checks/docs.mjs']);

const textFile = /\.(md|ts|mjs|js|json|sh|ya?ml|css|html|conf|txt)$|(^|\/)(run|LICENSE|Dockerfile)$/;

/** GitHub's anchor of a heading. */
export const anchorOf = (heading) =>
  heading
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replace(/\s/g, '-');

const withoutFences = (text) => text.replace(/^(```|~~~)[\s\S]*?^\1/gm, '');

/** Faults of one Markdown page, as sentences. `read(path)` gives a file's text, or undefined; paths are absolute. */
export function faultsOfPage(page, text, read) {
  const faults = [];
  const prose = withoutFences(text);
  for (const [, target] of prose.matchAll(/\]\(([^)\s]+)(?:\s+"[^"]*")?\)/g)) {
    if (/^(https?|mailto):/.test(target)) continue;
    const [path, anchor] = target.split('#');
    const file = path ? resolve(dirname(page), decodeURIComponent(path)) : page;
    const content = file === page ? text : read(file);
    if (content === undefined) faults.push(`the link ${target} leads nowhere`);
    else if (anchor && file.endsWith('.md') && !anchorsOf(content).has(anchor))
      faults.push(`the link ${target} names a heading that is not there`);
  }
  for (const [, source, code] of text.matchAll(/<!-- from (\S+) -->\s*```\w*\n([\s\S]*?)^```/gm)) {
    const actual = read(resolve(root, source));
    if (actual === undefined) faults.push(`the code is said to be from ${source}, which is not there`);
    else if (shown(actual) !== shown(code)) faults.push(`the code differs from ${source}, where it is from`);
  }
  return faults;
}

/** A script's first line is for the system, not for the reader. */
const shown = (code) => code.replace(/^#!.*\n/, '').trim();

function anchorsOf(text) {
  const headings = [...withoutFences(text).matchAll(/^#{1,6}\s+(.+?)\s*#*$/gm)].map(([, heading]) =>
    anchorOf(heading.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')),
  );
  const explicit = [...text.matchAll(/<a (?:id|name)="([^"]+)"/g)].map(([, name]) => name);
  return new Set([...headings, ...explicit]);
}

/** The first forbidden words of a file, with its line. */
export function forbiddenIn(text) {
  return text
    .split('\n')
    .flatMap((line, i) =>
      forbidden.flatMap((pattern) => (pattern.test(line) ? [`line ${i + 1}: ${pattern.exec(line)[0]}`] : [])),
    );
}

function readText(file) {
  if (!existsSync(file)) return undefined;
  return statSync(file).isDirectory() ? '' : readFileSync(file, 'utf8');
}

/** Every file of the repository, also the ones not committed yet; none that is ignored. */
function files() {
  const listed = spawnSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
  });
  if (listed.status !== 0) throw new Error(`git ls-files failed: ${listed.stderr}`);
  return listed.stdout.split('\n').filter((file) => file && existsSync(join(root, file)));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const faults = [];
  for (const file of files().filter((name) => textFile.test(name))) {
    const text = readFileSync(join(root, file), 'utf8');
    if (file.endsWith('.md'))
      faults.push(...faultsOfPage(join(root, file), text, readText).map((fault) => `${file}: ${fault}`));
    if (!mayHold.has(file))
      faults.push(...forbiddenIn(text).map((fault) => `${file}: ${fault} does not belong in the repository`));
  }
  if (faults.length > 0) {
    console.error(faults.join('\n'));
    process.exit(1);
  }
}
