import { writeFile } from 'node:fs/promises';

interface Entry {
  readonly name: string;
  readonly seconds: number;
  readonly facts: string;
  readonly fault: string | undefined;
}

/** What was shown, how long it took, and what did not hold. */
export class Report {
  readonly #entries: Entry[] = [];
  readonly #print: (line: string) => void;

  constructor(print: (line: string) => void) {
    this.#print = print;
  }

  get failed(): number {
    return this.#entries.filter(({ fault }) => fault !== undefined).length;
  }

  /** Runs `work`, whose answer is what is worth knowing about it. A failure is written down and passed on. */
  async step(name: string, work: () => Promise<string | void>): Promise<void> {
    const since = Date.now();
    try {
      this.#add(name, since, (await work()) ?? '', undefined);
    } catch (error) {
      this.#add(name, since, '', (error as Error).message);
      throw error;
    }
  }

  /** As `step`, but what comes after it makes sense even if it fails. */
  check(name: string, work: () => Promise<string | void>): Promise<void> {
    return this.step(name, work).catch(() => undefined);
  }

  #add(name: string, since: number, facts: string, fault: string | undefined): void {
    const entry = { name, seconds: Math.round((Date.now() - since) / 100) / 10, facts, fault };
    this.#entries.push(entry);
    const mark = fault === undefined ? 'ok    ' : 'FAILED';
    this.#print(`${mark} ${`${entry.seconds.toFixed(1)} s`.padStart(8)}  ${name}${facts ? `: ${facts}` : ''}`);
    if (fault !== undefined) this.#print(fault.replace(/^/gm, '         '));
  }

  async write(file: string): Promise<void> {
    await writeFile(file, `${JSON.stringify(this.#entries, null, 1)}\n`);
  }
}
