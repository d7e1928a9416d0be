import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Measured, Scale } from '../benchmark';
import { stampOf } from '../rig/program.process';

/** What became of one benchmark. */
export interface Outcome {
  readonly id: string;
  readonly name: string;
  readonly seconds: number;
  /** Load average of the last minute when it ended: what else ran there. */
  readonly load: number;
  readonly measured?: Measured;
  readonly error?: string;
}

export interface Report {
  readonly at: string;
  readonly length: Scale['length'];
  readonly machine: {
    readonly cpu: string;
    readonly cpus: number;
    readonly memoryGiB: number;
    readonly load: string;
    readonly versions: string;
    readonly postgres: Readonly<Record<string, string>>;
  };
  readonly outcomes: readonly Outcome[];
}

/** Answers where it is. */
export async function writeReport(root: string, report: Report): Promise<string> {
  const folder = join(root, '.cache/bench');
  await mkdir(folder, { recursive: true });
  const path = join(folder, `${stampOf(new Date(report.at))}.json`);
  await writeFile(path, `${JSON.stringify(report, null, 2)}\n`);
  return path;
}

export const readReport = async (path: string): Promise<Report> => JSON.parse(await readFile(path, 'utf8')) as Report;
