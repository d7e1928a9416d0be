import type { JsonObject, RowInput, TaskRunOutput } from '@multitask/contracts';
import fc from 'fast-check';
import { flattenRow } from './flat-row';

const flat = (input: RowInput, output: TaskRunOutput | null = null) =>
  flattenRow({ runId: 'trun_1', status: 'completed', input, output });
const json = (content: string | JsonObject): TaskRunOutput => ({ type: 'json', content, basis: [] });

describe('a flat row', () => {
  it.each<[string, RowInput, TaskRunOutput | null, object]>([
    ['an object input', { a: 1 }, null, { a: 1 }],
    ['a string input', 'France', null, { input: 'France' }],
    ['a text result', 'q', { type: 'text', content: '# A' }, { input: 'q', output: '# A' }],
    ['a JSON result', { a: 1 }, json({ b: [1] }), { a: 1, b: [1] }],
    ['a JSON result that came as text', { a: 1 }, json('{"b":2}'), { a: 1, b: 2 }],
    ['a JSON result that is no object', 'q', json('[1]'), { input: 'q', output: '[1]' }],
    ['one name on both sides', { a: 1, b: 2 }, json({ a: 3 }), { a: 3, b: 2, $input: { a: 1 } }],
    ['names that are ours', { $id: 1, $$x: 2 }, json({ $status: 3 }), { $$id: 1, $$$x: 2, $$status: 3 }],
    ['a user’s $input', { $input: 1, a: 2 }, json({ a: 3 }), { $$input: 1, a: 3, $input: { a: 2 } }],
  ])('of %s', (_, input, output, expected) => {
    expect(flat(input, output)).toEqual({ $id: 'trun_1', $status: 'completed', ...expected });
  });

  it('takes __proto__ as a name like any other', () => {
    const row = flat(JSON.parse('{"__proto__":{"admin":true}}'));
    expect(JSON.stringify(row)).toContain('"__proto__":{"admin":true}');
    expect(Object.getPrototypeOf(row)).toBe(Object.prototype);
    expect((row as { admin?: boolean }).admin).toBeUndefined();
  });

  const name = fc.oneof(
    fc.string(),
    fc.constantFrom('$id', '$status', '$input', '$$id', '__proto__', 'input', 'output'),
  );
  const object = fc.dictionary(name, fc.jsonValue()) as fc.Arbitrary<JsonObject>;

  it('never loses a value, and never lets anybody take $id or $status', () => {
    fc.assert(
      fc.property(object, object, (input, content) => {
        const row = flat(input, json(content)) as Record<string, unknown>;
        expect(row.$id).toBe('trun_1');
        expect(row.$status).toBe('completed');
        const hidden = (Object.hasOwn(row, '$input') ? row.$input : {}) as object;
        for (const [key, value] of Object.entries(content)) expect(own(row, escaped(key))).toEqual(value);
        for (const [key, value] of Object.entries(input)) {
          const place = Object.hasOwn(content, key) ? hidden : row;
          expect(own(place, escaped(key))).toEqual(value);
        }
      }),
    );
  });
});

const escaped = (key: string) => (key.startsWith('$') ? `$${key}` : key);
const own = (object: object, key: string) => Object.getOwnPropertyDescriptor(object, key)?.value as unknown;
