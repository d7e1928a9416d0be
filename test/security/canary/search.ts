import { randomBytes } from 'node:crypto';

/** A secret that is put in somewhere and must come out nowhere. */
export interface Canary {
  readonly name: string;
  /** Text that no encoding of URLs, JSON or HTML changes; wherever the secret is, this is. */
  readonly core: string;
}

/** Letters and digits alone, so that a URL, a JSON text and a page hold it as it is. */
export const newCanary = (name: string): Canary => ({ name, core: `${stem}${randomBytes(12).toString('hex')}` });

/** What all of them begin with: one search for it finds where any of 400 secrets may be, instead of 400 searches. */
const stem = 'canarysecret';

/** What was looked through, and how much of it there was. */
export interface Surface {
  readonly name: string;
  readonly data: Uint8Array | string;
}

export interface Hit {
  readonly surface: string;
  readonly canary: string;
  readonly form: string;
  /** What stands around it. */
  readonly context: string;
}

/**
 * The spellings a secret may hide in. In Base64 a text looks different at each of the three offsets it can have within a larger
 * one; what depends on its neighbours is cut off at both ends.
 */
export function formsOf(core: string): Record<string, string> {
  const bytes = Buffer.from(core);
  const base64 = (offset: number): string => {
    const text = Buffer.concat([Buffer.alloc(offset), bytes])
      .toString('base64')
      .replace(/=+$/, '');
    return text.slice(offset === 0 ? 0 : offset + 1, text.length - 1);
  };
  const hex = bytes.toString('hex');
  const forms: Record<string, string> = {
    raw: core,
    hex,
    HEX: hex.toUpperCase(),
    'percent-encoded throughout': hex.replace(/../g, '%$&'),
    'UTF-16': Buffer.from(core, 'utf16le').toString('latin1'),
  };
  // Base64 of letters and digits has + or / in it as often as any: both alphabets.
  for (const offset of [0, 1, 2]) {
    forms[`base64 at ${offset}`] = base64(offset);
    forms[`base64url at ${offset}`] = base64(offset).replaceAll('+', '-').replaceAll('/', '_');
  }
  return forms;
}

/** Every place at which one of the secrets stands in one of its forms. */
export function hitsIn(surface: Surface, canaries: readonly Canary[] | Lookup): Hit[] {
  const lookup = canaries instanceof Lookup ? canaries : new Lookup(canaries);
  const text = typeof surface.data === 'string' ? surface.data : Buffer.from(surface.data).toString('latin1');
  return lookup.find(text).map(({ canary, form, at }) => ({
    surface: surface.name,
    canary,
    form,
    context: text.slice(Math.max(0, at - 120), at + 60),
  }));
}

interface Spellings {
  readonly form: string;
  readonly prefix: string;
  readonly length: number;
  readonly canaries: Map<string, string>;
}

/** Secrets by their spellings; to be made once for many texts. */
export class Lookup {
  private readonly groups = new Map<string, Spellings>();

  constructor(canaries: readonly Canary[]) {
    const stems = formsOf(stem);
    for (const { name, core } of canaries)
      for (const [form, spelling] of Object.entries(formsOf(core))) {
        // The last characters of a stem in Base64 depend on what follows it.
        const prefix = core.startsWith(stem) ? stems[form]!.slice(0, -1) : spelling;
        const key = `${form} ${prefix}`;
        let group = this.groups.get(key);
        if (!group) this.groups.set(key, (group = { form, prefix, length: spelling.length, canaries: new Map() }));
        group.canaries.set(spelling, name);
      }
  }

  find(text: string): { canary: string; form: string; at: number }[] {
    const found = new Map<string, { canary: string; form: string; at: number }>();
    for (const { form, prefix, length, canaries } of this.groups.values())
      for (let at = text.indexOf(prefix); at >= 0; at = text.indexOf(prefix, at + 1)) {
        const canary = canaries.get(text.slice(at, at + length));
        if (canary !== undefined && !found.has(`${canary} ${form}`))
          found.set(`${canary} ${form}`, { canary, form, at });
      }
    return [...found.values()];
  }
}
