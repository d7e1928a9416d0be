/** Shorter ones stand in texts by chance; a key is looked for whatever its length. */
const shortestSecret = 8;

/**
 * Takes the secrets a request carried out of what the upstream says about it: its words end up in answers, in the log of events
 * and on pages that everybody with the URL may read. Each is looked for as it is and as programs are likely to have written it.
 */
export class Concealment {
  private readonly shown: readonly (readonly [spelling: string, shown: string])[];

  constructor(key: string, secrets: readonly string[] = []) {
    const long = [...new Set(secrets)].filter((secret) => secret.length >= shortestSecret);
    const all = [
      ...(key.length >= shortestSecret ? spellingsOf(key) : [key]).map((spelling) => [spelling, '[key]'] as const),
      ...long.flatMap(spellingsOf).map((spelling) => [spelling, '[secret]'] as const),
    ];
    // Longest first: what contains another one goes as a whole.
    this.shown = all.toSorted(([a], [b]) => b.length - a.length);
  }

  of(text: string): string {
    return this.shown.reduce((told, [spelling, shown]) => told.replaceAll(spelling, shown), text);
  }
}

function spellingsOf(secret: string): string[] {
  const bytes = Buffer.from(secret);
  const hex = bytes.toString('hex');
  return [
    secret,
    JSON.stringify(secret).slice(1, -1),
    encodeURIComponent(secret),
    hex,
    hex.toUpperCase(),
    ...[0, 1, 2].flatMap((offset) => base64At(bytes, offset)),
  ];
}

/** Base64 of bytes that stand at an offset within others; what depends on the neighbours is left out. */
function base64At(bytes: Buffer, offset: number): string[] {
  const text = Buffer.concat([Buffer.alloc(offset), bytes])
    .toString('base64')
    .replace(/={1,2}$/, '');
  const own = text.slice(offset === 0 ? 0 : offset + 1, text.length - 1);
  return [own, own.replaceAll('+', '-').replaceAll('/', '_')];
}

/** The secrets among the inputs of a purchase: headers of MCP servers, and what in their URLs may be a token. */
export function secretsOf(inputs: readonly Readonly<Record<string, unknown>>[]): string[] {
  const found = new Set<string>();
  // All rows of a batch share their servers.
  for (const list of new Set(inputs.map(({ mcp_servers }) => mcp_servers)))
    for (const server of Array.isArray(list) ? (list as { url?: unknown; headers?: unknown }[]) : []) {
      for (const value of Object.values(server.headers ?? {}))
        if (typeof value === 'string') for (const part of [value, ...value.split(/\s+/)]) found.add(part);
      const url = typeof server.url === 'string' ? URL.parse(server.url) : null;
      if (!url) continue;
      for (const part of [url.password, ...url.pathname.split('/'), ...url.searchParams.values()]) found.add(part);
    }
  return [...found];
}
