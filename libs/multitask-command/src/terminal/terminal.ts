import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

type Output = NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number };

export interface TerminalParts {
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly stdout: Output;
  readonly stderr: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
}

const colours = { red: 31, green: 32, yellow: 33, grey: 90, bold: 1 } as const;

/** Where the command reads and writes: data on stdout, everything said to people on stderr. */
export class Terminal {
  readonly stdin: TerminalParts['stdin'];
  readonly stdout: Output;
  quiet = false;
  private readonly stderr: Output;
  private readonly colourful: boolean;
  private live = '';

  constructor({ stdin, stdout, stderr, env }: TerminalParts) {
    this.stdin = stdin;
    this.stdout = stdout;
    this.stderr = stderr;
    this.colourful = stderr.isTTY === true && !env.NO_COLOR && env.TERM !== 'dumb';
  }

  /** Whether somebody can be asked. */
  get interactive(): boolean {
    return this.stdin.isTTY === true && this.stderr.isTTY === true;
  }

  /** Whether a line can be drawn over. */
  get drawsOver(): boolean {
    return this.stderr.isTTY === true && !this.quiet;
  }

  get columns(): number {
    return this.stderr.columns ?? 80;
  }

  /** A remark; not with --quiet. */
  say(text: string): void {
    if (!this.quiet) this.tell(text);
  }

  /** What has to be said even with --quiet. */
  tell(text: string): void {
    this.erase();
    this.stderr.write(`${text}\n`);
    if (this.live) this.stderr.write(this.live);
  }

  /** The one line that is drawn over and over; an empty text takes it away. */
  draw(text: string): void {
    if (!this.drawsOver) return;
    this.erase();
    this.live = text;
    this.stderr.write(text);
  }

  /** Data. Resolves when more may be written. */
  async print(text: string): Promise<void> {
    if (!this.stdout.write(text)) await new Promise((resolve) => this.stdout.once('drain', resolve));
  }

  /** A question on stderr; `y` or `yes` is yes, and the end of the input is not. */
  async ask(question: string, signal: AbortSignal): Promise<boolean> {
    const lines = createInterface({ input: this.stdin, output: this.stderr });
    lines.setPrompt(question);
    try {
      const answer = await new Promise<string>((resolve, reject) => {
        lines.once('line', resolve);
        lines.once('close', () => resolve(''));
        // Ctrl+C arrives here while a question stands open.
        lines.once('SIGINT', () => reject(new Interrupted()));
        signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
        lines.prompt();
      });
      return /^y(es)?$/i.test(answer.trim());
    } finally {
      lines.close();
    }
  }

  paint(text: string, colour: keyof typeof colours): string {
    return this.colourful ? `\u001b[${colours[colour]}m${text}\u001b[0m` : text;
  }

  private erase(): void {
    if (this.live) this.stderr.write('\r\u001b[K');
  }
}

/** Ctrl+C, or a signal that says the same. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}
