/** Rows of a command that anybody still wants to read. */
const shownCharacters = 600;

export interface RequestParts {
  readonly origin: string;
  readonly spec: Readonly<Record<string, unknown>>;
  /** Text as pasted, a URL, or the name of a file; none for a group that has its own. */
  readonly inputs: { readonly kind: 'text' | 'url' | 'file' | 'none'; readonly text: string };
  readonly needsKey: boolean;
}

/** The order as a command line; the key is named, never written out. */
export function requestText({ origin, spec, inputs, needsKey }: RequestParts): string {
  const key = needsKey ? ` \\\n  -H "x-api-key: $PARALLEL_API_KEY"` : '';
  const start = `curl ${origin}/v1beta/tasks/multitask${key}`;
  if (inputs.kind === 'none') return `${start} \\\n  --json ${quoted(JSON.stringify(spec, null, 2))}`;
  const rows = inputs.kind === 'text' ? rowsOf(inputs.text) : inputs.text;
  if (inputs.kind !== 'file' && rows !== undefined)
    return `${start} \\\n  --json ${quoted(JSON.stringify({ inputs: rows, ...spec }, null, 2))}`;
  const file = inputs.kind === 'file' ? inputs.text : 'rows.csv';
  return `${start} \\\n  -F ${quoted(`spec=${JSON.stringify(spec)}`)} \\\n  -F ${quoted(`inputs=@${file}`)}`;
}

/** Rows that are JSON already go into the body; others are a file's. */
function rowsOf(text: string): unknown {
  if (text.length > shownCharacters) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** For a shell: nothing in it means anything. */
const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
