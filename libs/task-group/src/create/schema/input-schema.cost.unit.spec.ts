import type { JsonObject, RowInput } from '@multitask/contracts';
import { InputSchemaCheck, inputSchemaFaults } from './input-schema.check';

const properties = (count: number, of: object): JsonObject =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`p${i}`, of])) as JsonObject;
const alternatives = (count: number) => Array.from({ length: count }, (_, i) => ({ const: `x${i}` }));
const numbers = Array.from({ length: 12_000 }, (_, i) => i % 10);
const doubling: JsonObject = Object.fromEntries(
  Array.from({ length: 20 }, (_, i) => [
    `d${i}`,
    (i === 0
      ? { type: 'object' }
      : { allOf: [{ $ref: `#/$defs/d${i - 1}` }, { $ref: `#/$defs/d${i - 1}` }] }) as JsonObject,
  ]),
);

/** Processor time of this process, which other processes do not add to. */
const cpuMs = (work: () => unknown): number => {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
};

describe('a schema of a stranger', () => {
  const cases: [string, JsonObject, RowInput][] = [
    [
      'as many properties as are compiled',
      { type: 'object', properties: properties(99, { type: 'string' }) },
      { p0: 1 },
    ],
    ['2,500 properties', { type: 'object', properties: properties(1_900, { type: 'string' }) }, { p0: 1 }],
    ['1,000 alternatives', { oneOf: alternatives(1_000) }, { a: 1 }],
    [
      'alternatives for each value of a list',
      { properties: { a: { items: { anyOf: alternatives(90) } } } },
      { a: numbers },
    ],
    [
      'a list that must contain one of many',
      { properties: { a: { contains: { anyOf: alternatives(90) } } } },
      { a: numbers },
    ],
    [
      'alternatives for each of many keys',
      { additionalProperties: { anyOf: alternatives(90) } },
      properties(1_000, {}),
    ],
    ['a list without equal values', { properties: { a: { uniqueItems: true } } }, { a: numbers.map((n) => [n]) }],
    ['references that double twenty times', { $defs: doubling, $ref: '#/$defs/d19' }, { a: 1 }],
    ['itself', { properties: { a: { $ref: '#' } } }, { a: { a: { a: 1 } } }],
    ['a pattern that never ends', { properties: { a: { pattern: '^(a+)+$' } } }, { a: `${'a'.repeat(24_000)}!` }],
    [
      'a name by a pattern that never ends',
      { patternProperties: { '^(a+)+$': {} } },
      { [`${'a'.repeat(20_000)}!`]: 1 },
    ],
  ];

  // Promised are 100 ms, and 20 were never seen; the bound has room for a slower machine. Unlimited, it would take seconds at least.
  it.each(cases)('with %s takes a moment to compile and a moment for a row', (_, schema, row) => {
    // Once before: what is compiled for the first time in a process is not the schema's doing.
    for (let i = 0; i < 5; i++)
      new InputSchemaCheck({ properties: properties(50, { type: 'string' }) }).add({ a: 1 }, 0);
    // The least of three: what the process collects or compiles meanwhile is not the schema's doing either.
    const rounds = [1, 2, 3].map(() => {
      let check: InputSchemaCheck | undefined;
      const compiling = cpuMs(() => {
        if (inputSchemaFaults(schema).length === 0) check = new InputSchemaCheck(schema);
      });
      return { compiling, checking: cpuMs(() => check?.add(row, 0)) };
    });
    const compiling = Math.min(...rounds.map((round) => round.compiling));
    const checking = Math.min(...rounds.map((round) => round.checking));
    process.stdout.write(`${_}: ${compiling.toFixed(0)} ms, then ${checking.toFixed(0)} ms\n`);
    expect(compiling).toBeLessThan(500);
    expect(checking).toBeLessThan(500);
  });

  it.each<[string, JsonObject, RegExp]>([
    ['above 64 KiB', { properties: properties(4_000, { type: 'string' }) }, /larger than 65536/],
    ['33 deep', deep(33), /nests deeper than 32/],
    ['from elsewhere', { $ref: 'https://elsewhere.example/schema.json' }, /nothing is fetched/],
    ['from a file', { properties: { a: { $ref: 'file:///etc/passwd' } } }, /nothing is fetched/],
    ['with a reference made at run time', { $dynamicRef: '#x' }, /not supported/],
  ])('%s is refused', (_, schema, message) => {
    expect(inputSchemaFaults(schema)[0]?.message).toMatch(message);
  });
});

function deep(levels: number): JsonObject {
  return levels === 0 ? { type: 'string' } : { type: 'object', properties: { a: deep(levels - 1) } };
}
