import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { invariantNames, violationsOf, type Violation } from './invariants/index';
import type { Ledger } from './ledger';
import type { Phase } from './phases';
import { distribution, lagsOnceOver, recoveredMs, workingAgainMs } from './recovery';

export interface RoundEntry {
  readonly scenario: string;
  readonly service: string;
  readonly name: string;
  readonly hit: readonly Phase[];
  readonly ledger: Ledger;
  readonly tookMs: number;
  readonly failure: string | undefined;
  /** Shown where phases are not. */
  readonly note?: string;
}

const widths = [20, 6, 44, 6, 6, 6, 8, 7];
const head = ['round', 'at', 'phases hit', 'groups', 'rows', 'cuts', 'works', 'took'];

/** Violations of one invariant that are worth a line each; the report has them all. */
const shown = 5;

/** Prints a line per round and sums up. */
export class Reporter {
  passed = 0;
  failed = 0;
  readonly #rounds: object[] = [];
  readonly #checks: object[] = [];
  readonly #leftOut: object[] = [];
  readonly #print: (line: string) => void;
  readonly #keep: string | undefined;

  constructor(print: (line: string) => void, keep: string | undefined) {
    this.#print = print;
    this.#keep = keep;
  }

  begin(): void {
    this.#print(`${head.map((name, i) => name.padEnd(widths[i]!)).join(' ')} ${invariantNames.join(' ')}`);
  }

  async round(entry: RoundEntry): Promise<void> {
    const { ledger, name, failure, tookMs, hit } = entry;
    const violations = violationsOf(ledger);
    this.#print(`${lineOf(entry)} ${invariantNames.map((invariant) => mark(violations, invariant)).join(' ')}`);
    for (const invariant of invariantNames) {
      const broken = violations.filter((violation) => violation.invariant === invariant);
      this.#count(broken.length === 0);
      for (const { about, says } of broken.slice(0, shown)) this.#print(`  ${invariant} ${about}: ${says}`);
      if (broken.length > shown) this.#print(`  ${invariant} and ${broken.length - shown} more`);
    }
    this.#count(failure === undefined);
    if (failure !== undefined) this.#print(`  not finished: ${failure}`);
    const { faults, groups } = ledger;
    const facts = { groups: groups.length, rows: rowsOf(ledger), reconnects: cutsOf(ledger) };
    const figures = {
      recoveredMs: recoveredMs(ledger),
      workingAgainMs: workingAgainMs(ledger),
      lagsMs: distribution(lagsOnceOver(ledger)),
    };
    const { scenario, service, note } = entry;
    this.#rounds.push({
      scenario,
      service,
      name,
      faults,
      hit,
      ...facts,
      ...figures,
      tookMs,
      failure,
      note,
      violations,
    });
    if (this.#keep !== undefined && (violations.length > 0 || failure !== undefined))
      await keep(this.#keep, name, ledger);
  }

  /** A figure that belongs to no single round. */
  say(line: string): void {
    this.#print(`  ${line}`);
  }

  /** Something that must hold beside the invariants of a round; `fault` says why it does not. */
  check(name: string, fault: string | undefined): void {
    this.#count(fault === undefined);
    this.#checks.push({ name, fault: fault ?? null });
    if (fault !== undefined) this.#print(`FAILED ${name}: ${fault}`);
  }

  /** Something that this machine does not allow to be asked: it counts as neither passed nor failed. */
  leaveOut(name: string, why: string): void {
    this.#leftOut.push({ name, why });
    this.#print(`left out ${name}: ${why}`);
  }

  async write(file: string, about: object): Promise<void> {
    const { passed, failed } = this;
    const report = { ...about, passed, failed, checks: this.#checks, leftOut: this.#leftOut, rounds: this.#rounds };
    await writeFile(file, `${JSON.stringify(report, null, 1)}\n`);
  }

  #count(passed: boolean): void {
    if (passed) this.passed++;
    else this.failed++;
  }
}

function lineOf({ name, ledger, hit, note, tookMs }: RoundEntry): string {
  const [fault] = ledger.faults;
  const began = Math.min(...ledger.groups.map(({ askedAt }) => askedAt), fault?.at ?? Infinity);
  const recovered = recoveredMs(ledger);
  const cells = [
    name,
    ledger.faults.length > 1 ? `${ledger.faults.length}×` : fault ? seconds(fault.at - began) : '-',
    hit.join(', ') || note || '-',
    ledger.groups.length,
    rowsOf(ledger),
    cutsOf(ledger),
    recovered === null ? '-' : seconds(recovered),
    seconds(tookMs),
  ];
  return cells.map((cell, i) => String(cell).padEnd(widths[i]!)).join(' ');
}

const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)}s`;
const rowsOf = ({ groups }: Ledger): number => groups.reduce((sum, { inputs }) => sum + inputs.length, 0);
const cutsOf = ({ readers }: Ledger): number =>
  readers.reduce((sum, { connections }) => sum + connections.length - 1, 0);

const mark = (violations: readonly Violation[], invariant: string): string =>
  violations.some((violation) => violation.invariant === invariant) ? '✗ ' : 'ok';

async function keep(folder: string, name: string, ledger: Ledger): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, `${name.replaceAll(' ', '-')}.json`), JSON.stringify(ledger));
}
