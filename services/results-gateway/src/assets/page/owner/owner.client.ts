/** What came of a request: the answer, or in words for the owner why there is none. */
export type Told<T> =
  | { readonly isGood: true; readonly value: T }
  | { readonly isGood: false; readonly fault: string; readonly code: string | undefined };

interface Problem {
  readonly code?: string;
  readonly title?: string;
  readonly detail?: string;
  readonly errors?: readonly { readonly field: string; readonly message: string }[];
}

export interface Order {
  readonly method?: 'GET' | 'POST' | 'DELETE';
  /** An object goes as JSON. */
  readonly body?: FormData | object;
  /** The same for every try of one order, so that it is carried out once. */
  readonly name?: string;
  /** Instead of the key that was entered before. */
  readonly key?: string;
}

/** Of a long list of faults so many are told. */
const shownErrors = 5;

/**
 * Asks for what only an owner may. The key is kept in this object alone, goes to this very origin in a header, and is gone with
 * the page.
 */
export class OwnerClient {
  private key = '';

  constructor(
    readonly needsKey: boolean,
    private readonly send: typeof fetch = (input, init) => fetch(input, init),
  ) {}

  /** Whether commands can be sent without asking for a key. */
  get isKnown(): boolean {
    return this.key !== '' || !this.needsKey;
  }

  get hasKey(): boolean {
    return this.key !== '';
  }

  remember(key: string): void {
    this.key = key.trim();
  }

  forget(): void {
    this.key = '';
  }

  async ask<T>(path: string, { method = 'GET', body, name, key = this.key }: Order = {}): Promise<Told<T>> {
    // No header can hold it.
    if (/[^\x21-\x7e]/.test(key)) return failed('This is not an API key: it holds characters that no key has.');
    const isForm = body instanceof FormData;
    let answer: Response;
    try {
      const headers = new Headers({ accept: 'application/json' });
      if (body !== undefined && !isForm) headers.set('content-type', 'application/json');
      if (name !== undefined) headers.set('idempotency-key', name);
      if (key !== '') headers.set('x-api-key', key);
      const content = body === undefined ? null : isForm ? body : JSON.stringify(body);
      answer = await this.send(path, { method, headers, body: content, cache: 'no-store' });
    } catch {
      return failed(unreachable);
    }
    const told: unknown = await answer.json().catch(() => undefined);
    if (answer.ok && told !== undefined) return { isGood: true, value: told as T };
    return failed(faultOf((told ?? {}) as Problem, answer.status), (told as Problem | undefined)?.code);
  }
}

const unreachable = 'The service does not answer at the moment. Please try again.';
const failed = (fault: string, code?: string) => ({ isGood: false, fault, code }) as const;

function faultOf({ title, detail, errors = [] }: Problem, status: number): string {
  const told = detail ?? title;
  if (told === undefined) return status >= 502 ? unreachable : `The service answered ${status}.`;
  const more = errors.filter(({ field, message }) => !told.includes(message) || !told.includes(field));
  const lines = more.slice(0, shownErrors).map(({ field, message }) => `${field}: ${message}`);
  if (more.length > shownErrors) lines.push(`and ${more.length - shownErrors} more`);
  return [told, ...lines].join('\n');
}

/** `crypto.randomUUID` is not there on a page that came over plain HTTP. */
export const freshName = (): string =>
  [...crypto.getRandomValues(new Uint32Array(4))].map((part) => part.toString(36)).join('-');
