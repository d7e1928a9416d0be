import fc from 'fast-check';
import { z } from 'zod';
import type { Tool } from './tool';
import { ToolRegistry } from './tool.registry';

const tool = (changes: Partial<Tool<object>> = {}): Tool<object> => ({
  name: 'add',
  title: 'Add',
  description: 'Adds.',
  input: z.strictObject({
    a: z.int('must be a whole number').max(9, 'must be at most 9'),
    rest: z.array(z.strictObject({ b: z.string('must be a text') })).optional(),
    any: z.unknown().optional(),
  }),
  output: z.object({ sum: z.int(), rest: z.array(z.string()).nullable(), more: z.string().optional() }),
  effect: 'read',
  errors: ['LeaseExpiredError'],
  call: async (input) => ({ sum: (input as { a: number }).a, rest: null }),
  ...changes,
});

const result = (given: unknown, changes: Partial<Tool<object>> = {}) =>
  new ToolRegistry([tool(changes)]).result('add', given, {});

it('answers with structured content, and the same as text', async () => {
  expect(await result({ a: 1 })).toEqual({
    content: [{ type: 'text', text: '{"sum":1,"rest":null}' }],
    structuredContent: { sum: 1, rest: null },
  });
});

const nested = (depth: number): unknown => (depth === 0 ? 1 : { deeper: nested(depth - 1) });

it.each([
  ['a missing argument', {}, 'a', 'a is missing.'],
  ['no arguments at all', undefined, 'a', 'a is missing.'],
  ['a wrong one', { a: 'x' }, 'a', 'a: must be a whole number.'],
  ['one out of range', { a: 10 }, 'a', 'a: must be at most 9.'],
  ['an unknown one', { a: 1, c: 2 }, 'c', 'There is no argument c.'],
  ['a wrong one within', { a: 1, rest: [{ b: 'x' }, { b: 1 }] }, 'rest[1].b', 'rest[1].b: must be a text.'],
  ['an unknown one within', { a: 1, rest: [{ b: 'x', c: 1 }] }, 'rest[0].c', 'There is no argument rest[0].c.'],
  ['one too deep', { a: 1, any: nested(70) }, 'any', 'any nests deeper than 64 levels.'],
  ['a prototype', JSON.parse('{"a":1,"any":{"__proto__":1}}'), 'any', 'any has a key __proto__, which nobody needs.'],
])('%s is a ValidationError that names the field', async (_, given, field, message) => {
  const refused = await result(given);
  expect(refused).toEqual({
    content: [{ type: 'text', text: `ValidationError: ${message}` }],
    isError: true,
    _meta: { error: { code: 'ValidationError', field } },
  });
});

it('whatever is given, a call answers and never throws', async () => {
  const property = fc.asyncProperty(fc.anything(), async (given) => {
    const { isError, structuredContent } = await result(given);
    expect(isError === true).not.toBe(structuredContent !== undefined);
  });
  await fc.assert(property);
});

it('a named error keeps its name and field; another one stays in the house and is reported there', async () => {
  const named = Object.assign(new Error('too late'), { name: 'LeaseExpiredError', field: 'leaseId' });
  const call = async () => Promise.reject(named);
  expect(await result({ a: 1 }, { call })).toMatchObject({
    content: [{ text: 'LeaseExpiredError: too late' }],
    _meta: { error: { code: 'LeaseExpiredError', field: 'leaseId' } },
  });
  const faults: unknown[] = [];
  const secret = new Error('connect postgres://user:password@host');
  const broken = tool({ call: async () => Promise.reject(secret) });
  const hidden = await new ToolRegistry([broken], { onFault: (...fault) => faults.push(fault) }).result(
    'add',
    { a: 1 },
    {},
  );
  expect(JSON.stringify(hidden)).not.toContain('password');
  expect(hidden._meta?.error.code).toBe('InternalError');
  expect(faults).toEqual([[secret, 'add']]);
});

it('advertises what an answer holds, not all of how', () => {
  const [advertised] = new ToolRegistry([tool()]).list();
  expect(advertised).toMatchObject({
    name: 'add',
    inputSchema: { type: 'object', required: ['a'], additionalProperties: false },
    outputSchema: {
      type: 'object',
      properties: { sum: { type: 'integer' }, rest: { type: ['array', 'null'] }, more: { type: 'string' } },
      required: ['sum', 'rest'],
    },
    annotations: {
      title: 'Add',
      readOnlyHint: true,
      destructiveHint: false,
      idempotentHint: true,
      openWorldHint: false,
    },
  });
});

it('two tools of one name are a mistake', () => {
  expect(() => new ToolRegistry([tool(), tool()])).toThrow('same name');
});
