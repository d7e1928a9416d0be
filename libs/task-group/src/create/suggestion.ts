import type { GroupWarning, JsonObject, RowInput } from '@multitask/contracts';

/** Rows shown to the upstream when it suggests a schema. */
const sampleRows = 3;

/** What the inputs look like, as far as a suggestion should know: their columns, pinned so that it does not make up others. */
export function pinnedInputs(sample: readonly RowInput[]): JsonObject {
  const columns = columnsOf(sample);
  const properties = Object.fromEntries(columns.map((name) => [name, { type: 'string' }]));
  return {
    input_schema: { type: 'object', properties, required: columns, additionalProperties: false },
    inputs: sample.slice(0, sampleRows).map((row) => (typeof row === 'string' ? { input: row } : row)),
  };
}

function columnsOf(sample: readonly RowInput[]): string[] {
  const names = new Set<string>();
  for (const row of sample) for (const name of typeof row === 'string' ? ['input'] : Object.keys(row)) names.add(name);
  return [...names].slice(0, 100);
}

/** The upstream's warnings under its own kinds; their shape is not documented, so anything readable is kept. */
export function suggestionWarnings(warnings: readonly unknown[] | null | undefined): GroupWarning[] {
  return (warnings ?? []).slice(0, 50).map((warning) => {
    if (typeof warning === 'string') return { code: 'suggestion', message: warning };
    const { type, message } = (typeof warning === 'object' && warning !== null ? warning : {}) as Record<
      string,
      unknown
    >;
    return {
      code: typeof type === 'string' ? type : 'suggestion',
      message:
        typeof message === 'string' ? message : (JSON.stringify(warning) ?? 'a warning without a text').slice(0, 500),
    };
  });
}
