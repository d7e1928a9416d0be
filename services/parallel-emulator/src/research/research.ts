import { processors } from '../engine/processor';
import type { SchemaObject } from '../intake/json-schema';
import type { RunInput, TaskSpec } from '../intake/run-input';
import { validatorOf } from '../intake/schema.validator';
import { factualBasis, syntheticBasis } from './basis';
import { countryOf, type Country } from './country';
import { factOf, factsOf, type Fact } from './country.facts';
import { coerceFact } from './fact.coercion';
import type { FieldBasis, JsonOutput, McpToolCall, Output, TextOutput } from './output';
import { seededRandom } from './random';
import { reportSchema, textReport } from './report';
import { followSchema, type Author, type Field } from './schema.follower';
import { subjectOf } from './subject';
import { syntheticValue } from './synthetic.values';

export interface Assignment {
  readonly seed: string;
  readonly processor: string;
  readonly input: RunInput['input'];
  readonly spec: TaskSpec | undefined;
  readonly mcpServers?: RunInput['mcp_servers'];
  /** One basis entry per array element (`field.0`), besides the field's own. */
  readonly elementBasis: boolean;
}

/** Answers a run: true facts for countries, marked inventions for the rest. The same assignment gives the same answer. */
export function research(assignment: Assignment): Output {
  const calls = toolCalls(assignment);
  const extra = calls.length > 0 ? { mcp_tool_calls: calls } : {};
  const wanted = assignment.spec?.output_schema;
  if (wanted?.type === 'text') return { ...textOutput(assignment, wanted.description ?? ''), ...extra };
  if (wanted?.type === 'json') return { ...jsonOutput(assignment, wanted.json_schema), ...extra };
  if (processors.get(assignment.processor)?.premium)
    return { ...jsonOutput(assignment, reportSchema), output_schema: reportSchema, ...extra };
  const { content, basis } = textOutput(assignment, '');
  return { type: 'json', content: { output: content }, basis, output_schema: {}, ...extra };
}

function textOutput(assignment: Assignment, description: string): TextOutput {
  const country = countryOf(assignment.input);
  const about = subjectOf(assignment.input);
  const random = seededRandom(assignment.seed, JSON.stringify(assignment.input), description);
  const question = `${description} ${typeof assignment.input === 'string' ? assignment.input : ''}`;
  const facts = country ? factsOf(country, question) : [];
  const basis =
    country && facts.length > 0 ? factualBasis('output', country, facts) : syntheticBasis('output', about, random);
  return { type: 'text', content: textReport(about, description, facts, random), basis: [basis] };
}

function jsonOutput(assignment: Assignment, schema: SchemaObject): JsonOutput {
  const problemOf = validatorOf(schema);
  for (let attempt = 0; ; attempt++) {
    const author = new Researcher(assignment, attempt);
    const content = followSchema(schema, author);
    // Overlapping branches of nested unions can defeat one set of choices; another set then fits.
    if (attempt < attempts && problemOf?.(content) !== undefined) continue;
    return { type: 'json', content, basis: author.basisOf(content, assignment.elementBasis) };
  }
}

const attempts = 8;

class Researcher implements Author {
  private readonly country: Country | undefined;
  private readonly about: string;
  private readonly subject: string;
  private readonly facts = new Map<string, Fact[]>();

  constructor(
    private readonly assignment: Assignment,
    private readonly attempt: number,
  ) {
    this.country = countryOf(assignment.input);
    this.about = subjectOf(assignment.input);
    this.subject = JSON.stringify(assignment.input);
  }

  known(field: Field, kind: Parameters<Author['known']>[1]): unknown {
    const fact = this.country && factOf(this.country, field);
    const value = fact && coerceFact(fact.value, kind);
    if (fact && value !== undefined) this.note(field, fact);
    return value;
  }

  knownAmong(field: Field, values: readonly unknown[]): unknown {
    const fact = this.country && factOf(this.country, field);
    const text = fact && String(fact.value).toLowerCase();
    const match = values.find((value) => String(value).toLowerCase() === text);
    if (fact && match !== undefined) this.note(field, fact);
    return match;
  }

  invented(field: Field, kind: Parameters<Author['invented']>[1]): unknown {
    return syntheticValue(field, kind, this.about, this.random(field, kind));
  }

  choose<T>(field: Field, choices: readonly T[]): T {
    return this.random(field, `choice of ${choices.length}`).pick(choices);
  }

  basisOf(content: unknown, elementBasis: boolean): FieldBasis[] {
    return Object.entries(content as object).flatMap(([name, value]) => {
      const elements = elementBasis && Array.isArray(value) ? value.map((_, i) => `${name}.${i}`) : [];
      return [name, ...elements].map((field) => this.basis(name, field));
    });
  }

  private basis(name: string, field: string): FieldBasis {
    const facts = this.facts.get(name);
    if (this.country && facts) return factualBasis(field, this.country, facts);
    return syntheticBasis(field, this.about, this.random({ path: [field], name: field, description: '' }, 'basis'));
  }

  private random(field: Field, purpose: string) {
    return seededRandom(this.assignment.seed, this.subject, field.path.join('/'), purpose, String(this.attempt));
  }

  private note(field: Field, fact: Fact): void {
    const name = field.path[0] ?? '';
    this.facts.set(name, [...(this.facts.get(name) ?? []), fact]);
  }
}

function toolCalls({ mcpServers, input, seed }: Assignment): McpToolCall[] {
  return (mcpServers ?? []).map((server, i) => ({
    tool_call_id: `call_${seededRandom(seed, JSON.stringify(input), server.name).between(1e9, 2e9)}_${i}`,
    server_name: server.name,
    tool_name: server.allowed_tools?.[0] ?? 'search',
    arguments: JSON.stringify({ query: subjectOf(input) }),
    content: 'synthetic (emulator): no server was called',
    error: '',
  }));
}
