import { isObject, propertiesOf, type SchemaObject } from '../intake/json-schema';
import { countryOf } from '../research/country';
import { capitalised } from '../research/words';
import { fieldsOf, type WantedField } from './intent';

export interface SuggestedTask {
  readonly title: string;
  readonly input_schema: SchemaObject;
  readonly output_schema: SchemaObject;
  readonly inputs: readonly object[];
  readonly warnings?: readonly { type: string; message: string }[];
}

export interface PreviousTask {
  readonly title?: string | null;
  readonly input_schema?: SchemaObject | null;
  readonly output_schema?: SchemaObject | null;
  readonly inputs?: readonly object[] | null;
}

const maxFields = 20;
const hopeless = /\b(tomorrow|next (?:week|month|year)|in the future|real[- ]time|private|passwords?|secret)\b/i;

/** Schemas made of an intent's words. A previous task keeps its columns; new fields join its own. */
export function suggestTask(intent: string, previous: PreviousTask | undefined): SuggestedTask {
  const wanted = fieldsOf(intent);
  const fields = wanted.length > 0 ? wanted : [wholeAnswer(intent)];
  const output = objectSchema({
    ...propertiesOf(previous?.output_schema ?? {}),
    ...Object.fromEntries(fields.slice(0, maxFields).map((field) => [field.name, schemaOf(field)])),
  });
  const warnings = warningsOf(intent, wanted);
  return {
    title: previous?.title ?? titleOf(intent),
    input_schema: isObject(previous?.input_schema) ? previous.input_schema : inputSchemaOf(intent),
    output_schema: output,
    inputs: previous?.inputs ?? samplesOf(intent),
    ...(warnings.length > 0 && { warnings }),
  };
}

function warningsOf(intent: string, wanted: readonly WantedField[]) {
  const warnings: { type: string; message: string }[] = [];
  if (wanted.length === 0)
    warnings.push({
      type: 'schema_generalization',
      message: 'No fields could be read from the intent; one text field stands for all of it',
    });
  if (wanted.length > maxFields)
    warnings.push({ type: 'schema_generalization', message: `Only the first ${maxFields} fields were kept` });
  if (intent.includes('\ufffd') || intent.includes('\0'))
    warnings.push({ type: 'unparsable_input', message: 'Parts of the intent are not readable text' });
  if (hopeless.test(intent))
    warnings.push({ type: 'unattainable_task', message: 'Parts of this cannot be found by research on the web' });
  return warnings;
}

const objectSchema = (properties: Record<string, unknown>): SchemaObject => ({
  type: 'object',
  properties,
  required: Object.keys(properties),
  additionalProperties: false,
});

function schemaOf({ type, description }: WantedField): SchemaObject {
  if (type === 'strings') return { type: 'array', items: { type: 'string' }, description };
  return { type, description };
}

const wholeAnswer = (intent: string): WantedField => ({
  name: 'answer',
  description: intent.slice(0, 500),
  type: 'string',
});

const titleOf = (intent: string): string => {
  const line = capitalised(intent.replace(/\s+/g, ' ').trim());
  return line.length > 60 ? `${line.slice(0, 59).trimEnd()}…` : line;
};

const subjects = ['country', 'company', 'person', 'city', 'product', 'university', 'book', 'website', 'organization'];
const plurals: Record<string, string> = {
  countries: 'country',
  companies: 'company',
  people: 'person',
  cities: 'city',
  universities: 'university',
};

/** The column the intent talks about: `country` for "each country" or "these countries". */
function subjectColumn(intent: string): string {
  for (const word of intent.toLowerCase().split(/[^a-z]+/)) {
    const singular = plurals[word] ?? (subjects.includes(word.replace(/s$/, '')) ? word.replace(/s$/, '') : word);
    if (subjects.includes(singular)) return singular;
  }
  return 'input';
}

function inputSchemaOf(intent: string): SchemaObject {
  const column = subjectColumn(intent);
  return objectSchema({ [column]: { type: 'string', description: `The ${column} to research` } });
}

/** Rows named in the intent itself: countries only, since nothing else can be recognised for certain. */
function samplesOf(intent: string): object[] {
  const names = intent.split(/[,;:\n]|\band\b|\bfor\b|\bof\b|\bin\b/).map((part) => part.trim().replace(/[.?!]$/, ''));
  const found = names.filter((name) => name.length > 3 && countryOf({ country: name }) !== undefined);
  return [...new Set(found)].map((country) => ({ country }));
}
