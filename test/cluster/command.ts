import { spawn } from 'node:child_process';

export interface CommandOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly input?: string;
  readonly timeoutMs?: number;
  /** A failing end is an answer as well. */
  readonly mayFail?: boolean;
  /** Told what it prints, as it prints it. */
  readonly onOutput?: (text: string) => void;
}

export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end. Rejects with what it said when it fails, unless it may. */
export function run(command: string, args: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
  const { cwd, env, input, timeoutMs = 1_000_000, mayFail = false, onOutput } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio: ['pipe', 'pipe', 'pipe'] });
    const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString();
      onOutput?.(chunk.toString());
    });
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    child.stdin.on('error', () => undefined);
    child.stdin.end(input ?? '');
    child.on('error', reject);
    child.on('close', (status) => {
      clearTimeout(timer);
      const code = status ?? 137;
      if (code === 0 || mayFail) return resolve({ code, stdout, stderr });
      const said = `${stdout}${stderr}`.trim().slice(-3_000);
      reject(new Error(`${[command, ...args].join(' ').slice(0, 300)} ended with ${code}\n${said}`));
    });
  });
}
