import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { run, type CommandOptions, type CommandResult } from './command';

/** The throw-away cluster that the tools in one folder start and stop. */
export class Kubernetes {
  readonly #tools: string;
  readonly #background: ChildProcess[] = [];

  constructor(tools: string) {
    this.#tools = tools;
  }

  async isRunning(): Promise<boolean> {
    const answer = await this.inside(['kubectl', 'get', '--raw', '/readyz', '--request-timeout=5s'], { mayFail: true });
    return answer.code === 0;
  }

  /** Starts it, or adds what it lacks, with these local images on every node. */
  async up(nodes: number, images: readonly string[]): Promise<void> {
    await run(join(this.#tools, 'up'), ['--nodes', String(nodes), ...images]);
  }

  async down(): Promise<void> {
    for (const child of this.#background) child.kill('SIGTERM');
    await run(join(this.#tools, 'down'), []);
  }

  async power(node: number, state: 'off' | 'on'): Promise<void> {
    await run(join(this.#tools, 'node'), [String(node), state]);
  }

  /** A command in the cluster's network, where names of Services resolve. */
  inside(command: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
    return run(join(this.#tools, 'in'), command, options);
  }

  /** The same, going on until the end of the test. */
  background(command: readonly string[], stdin: 'ignore' | 'pipe' = 'ignore'): ChildProcess {
    const child = spawn(join(this.#tools, 'in'), command, { stdio: [stdin, 'pipe', 'pipe'] });
    this.#background.push(child);
    return child;
  }

  async kubectl(args: readonly string[], options: CommandOptions = {}): Promise<string> {
    return (await this.inside(['kubectl', ...args], options)).stdout;
  }

  async helm(args: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
    return this.inside(['helm', ...args], options);
  }

  async json<T>(args: readonly string[]): Promise<T> {
    return JSON.parse(await this.kubectl([...args, '-o', 'json'])) as T;
  }

  apply(objects: readonly object[]): Promise<string> {
    return this.kubectl(['apply', '-f', '-'], {
      input: objects.map((object) => JSON.stringify(object)).join('\n---\n'),
    });
  }
}
