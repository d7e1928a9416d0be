import { groupAddress, MultitaskClient, originOf, type TaskGroup } from '@multitask/client';
import type { Invocation } from '../command-line/invocation';
import { NotAgreedError, UsageError } from '../exit.codes';
import { findKey } from '../files/key.source';
import type { Terminal } from '../terminal/terminal';

export const defaultServer = 'http://127.0.0.1:8080';

/** The first request tells whether anybody is there at all: nobody wants to wait a minute for that. ms */
const firstPatienceMs = 2_000;

type Environment = Readonly<Record<string, string | undefined>>;

/** What every command has at hand. */
export class CommandContext {
  constructor(
    readonly invocation: Invocation,
    readonly terminal: Terminal,
    readonly signal: AbortSignal,
    private readonly env: Environment,
  ) {}

  /** The installation that is meant, from the option or the environment. */
  get server(): string {
    return originOf(this.invocation.text('server') ?? (this.env.MULTITASK_SERVER || defaultServer));
  }

  /** Undefined: as long as the client has by itself. */
  get patienceMs(): number | undefined {
    const seconds = this.invocation.number('patience');
    return seconds === undefined ? undefined : seconds * 1_000;
  }

  /** For commands that spend or change something: with the key, where there is one. */
  async client(): Promise<MultitaskClient> {
    const apiKey = await findKey(this.invocation, this.env, this.terminal);
    const origin = this.server;
    await new MultitaskClient({ origin, patienceMs: firstPatienceMs }).limits({ signal: this.signal });
    if (apiKey !== undefined && !isProtected(origin))
      this.terminal.tell(`Warning: ${origin} is reached without encryption, so others on the way can read the key.`);
    return new MultitaskClient({ origin, apiKey, patienceMs: this.patienceMs });
  }

  /** The group of the first operand, to be read; at whatever installation it is. */
  async groupToRead(): Promise<TaskGroup> {
    const { origin, id } = groupAddress(this.invocation.operands[0]!, this.server);
    await new MultitaskClient({ origin, patienceMs: firstPatienceMs }).group(id).status({ signal: this.signal });
    return new MultitaskClient({ origin, patienceMs: this.patienceMs }).group(id);
  }

  /**
   * The client and the group of the first operand, to be commanded. A key goes to no installation but the one that was named as
   * such: a URL may come from anywhere.
   */
  async groupToCommand(): Promise<{ client: MultitaskClient; group: TaskGroup }> {
    const { origin, id } = groupAddress(this.invocation.operands[0]!, this.server);
    if (origin === this.server) {
      const client = await this.client();
      return { client, group: client.group(id) };
    }
    if ((await findKey(this.invocation, this.env, this.terminal)) !== undefined)
      throw new UsageError(
        `This group is at ${origin}, and the key is for ${this.server}. If you trust it, add --server ${origin}.`,
      );
    const client = new MultitaskClient({ origin, patienceMs: this.patienceMs });
    return { client, group: client.group(id) };
  }

  /** Asks before something is spent or lost. Throws {@link NotAgreedError}. */
  async agree(question: string, what: string): Promise<void> {
    if (this.invocation.has('yes')) return;
    if (!this.terminal.interactive)
      throw new NotAgreedError(`${what}: there is nobody here to ask. Add --yes to agree in advance.`);
    if (!(await this.terminal.ask(`${question} [y/N] `, this.signal))) throw new NotAgreedError(`${what}.`);
  }

  /** The outcome for a script, on stdout. */
  async outcome(value: object): Promise<void> {
    if (this.invocation.has('json')) await this.terminal.print(`${JSON.stringify(value)}\n`);
  }
}

/** Encrypted, or never leaves this machine. */
function isProtected(origin: string): boolean {
  const { protocol, hostname } = new URL(origin);
  return protocol === 'https:' || hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d+){3}$/.test(hostname);
}
