import { z } from 'zod';
import type { Tool } from './tool';
import { annotationsOf } from './tool';

type JsonSchema = Record<string, unknown>;

/** The reference of all tools as Markdown, written from the very schemas that calls are checked with. */
export function toolsPage(tools: readonly Tool<never>[], head: string): string {
  return `${[head.trim(), ...tools.map(chapter)].join('\n\n')}\n`;
}

function chapter(tool: Tool<never>): string {
  const input = z.toJSONSchema(tool.input, { io: 'input', unrepresentable: 'any' }) as JsonSchema;
  const output = z.toJSONSchema(tool.output, { unrepresentable: 'any' }) as JsonSchema;
  const hints = Object.entries(annotationsOf(tool.effect))
    .filter(([, is]) => is)
    .map(([hint]) => `\`${hint}\``);
  return [
    `## ${tool.name}`,
    tool.description,
    table(input),
    `Answers ${parts(output)}.`,
    `Refuses with ${['ValidationError', ...tool.errors].map((name) => `\`${name}\``).join(', ')}.`,
    ...(hints.length > 0 ? [`Annotations: ${hints.join(', ')}.`] : []),
    ...(tool.example ? [`\`\`\`json\n${JSON.stringify(tool.example.input, undefined, 2)}\n\`\`\``] : []),
  ].join('\n\n');
}

function table(schema: JsonSchema): string {
  const rows = Object.entries((schema.properties ?? {}) as Record<string, JsonSchema>);
  if (rows.length === 0) return 'Takes no arguments.';
  const required = new Set((schema.required as string[] | undefined) ?? []);
  const lines = rows.map(([name, field]) => {
    const must = required.has(name) ? 'yes' : field.default === undefined ? '' : `\`${JSON.stringify(field.default)}\``;
    return `| \`${name}\` | ${cell(typeOf(field))} | ${must} | ${cell(String(field.description ?? ''))} |`;
  });
  return ['| argument | type | required, or default | |', '| --- | --- | --- | --- |', ...lines].join('\n');
}

const cell = (text: string): string => text.replace(/\|/g, '\\|').replace(/\n/g, ' ');

function typeOf(field: JsonSchema): string {
  if (Array.isArray(field.enum)) return field.enum.map((one) => `\`${String(one)}\``).join(', ');
  if (field.type === 'array') return `list of ${typeOf((field.items ?? {}) as JsonSchema)}${bounds(field, 'Items')}`;
  if (field.type === 'object' && field.properties)
    return `object of ${Object.keys(field.properties as object)
      .map((name) => `\`${name}\``)
      .join(', ')}`;
  if (typeof field.type === 'string') return `${field.type}${bounds(field, 'Length')}${range(field)}`;
  const either = ((field.anyOf ?? field.oneOf) as JsonSchema[] | undefined)?.map(typeOf);
  return either ? [...new Set(either)].join(' or ') : 'any JSON';
}

const bounds = (field: JsonSchema, what: 'Items' | 'Length'): string =>
  typeof field[`max${what}`] === 'number' ? `, at most ${String(field[`max${what}`])}` : '';

function range({ minimum, maximum }: JsonSchema): string {
  const least = typeof minimum === 'number' && minimum > Number.MIN_SAFE_INTEGER ? `, from ${minimum}` : '';
  return `${least}${typeof maximum === 'number' && maximum < Number.MAX_SAFE_INTEGER ? `, up to ${maximum}` : ''}`;
}

function parts(schema: JsonSchema): string {
  const names = Object.keys((schema.properties ?? {}) as object);
  const required = new Set((schema.required as string[] | undefined) ?? []);
  return names.map((name) => `\`${name}\`${required.has(name) ? '' : ' (not always)'}`).join(', ');
}
