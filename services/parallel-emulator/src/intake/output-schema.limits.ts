/** Limits of the Task API on JSON output schemas. */
export const schemaLimits = {
  /** Levels of nested objects, the root included. */
  nesting: 5,
  properties: 100,
  /** Ours: schemas met on a walk that follows references, which can multiply without end. */
  parts: 5_000,
  enumValues: 500,
  /** Above this many values, the text of one enum is limited too. */
  longEnum: 250,
  longEnumChars: 7_500,
  /** Property names and enum values together. */
  textChars: 25_000,
} as const;

export const unsupportedKeywords: ReadonlySet<string> = new Set([
  'contains',
  'format',
  'maxContains',
  'maxItems',
  'maxLength',
  'maxProperties',
  'maximum',
  'minContains',
  'minItems',
  'minLength',
  'minimum',
  'minProperties',
  'multipleOf',
  'pattern',
  'patternProperties',
  'propertyNames',
  'uniqueItems',
  'unevaluatedItems',
  'unevaluatedProperties',
]);

/** Names the answer's basis already has; allowed, with a warning. */
export const discouragedNames: ReadonlySet<string> = new Set([
  'citations',
  'confidence',
  'evidence',
  'reasoning',
  'source',
  'sources',
  'source_urls',
]);
