import { processors } from '../engine/processor';
import { isObject, propertiesOf, type SchemaObject } from '../intake/json-schema';

const never = new Set(['lite', 'lite-fast']);
const byStrength = [...processors.keys()].filter((name) => !never.has(name) && !name.endsWith('-fast'));

/** Processors that fill as many fields as the spec asks for, the cheapest first. Never empty. */
export function chooseProcessors(taskSpec: unknown, from: readonly string[] | undefined): string[] {
  const fields = fieldCount(taskSpec);
  const candidates = from?.filter((name) => processors.has(name) && !never.has(name)) ?? byStrength;
  const pool = candidates.length > 0 ? candidates : byStrength;
  const able = pool.filter((name) => processors.get(name)!.maxFields >= fields);
  const price = (name: string) => processors.get(name)!.usdPerThousand;
  if (able.length > 0) return able.toSorted((a, b) => price(a) - price(b)).slice(0, 3);
  return [pool.toSorted((a, b) => price(b) - price(a))[0]!];
}

/** Takes the output schema raw or wrapped; a text answer counts as one field. */
function fieldCount(taskSpec: unknown): number {
  if (!isObject(taskSpec)) return 1;
  const output = taskSpec.output_schema;
  if (!isObject(output)) return 1;
  const schema = isObject(output.json_schema) ? (output.json_schema as SchemaObject) : output;
  return Math.max(1, Object.keys(propertiesOf(schema)).length);
}
