import fc from 'fast-check';
import { mergeContext } from './context.merge';

const base = { a: 1, b: 1, c: { d: 1 } };

describe('two contexts made of one snapshot', () => {
  it('are joined when they changed different keys (15)', () => {
    expect(mergeContext(base, { ...base, a: 2 }, { ...base, b: 3, e: null })).toEqual({
      merged: { a: 2, b: 3, c: { d: 1 }, e: null },
    });
  });

  it('are joined when one took a key away', () => {
    expect(mergeContext(base, { b: 1, c: { d: 1 } }, { ...base, b: 2 })).toEqual({ merged: { b: 2, c: { d: 1 } } });
  });

  it('conflict where both changed the same key differently, and agree where they changed it alike', () => {
    expect(mergeContext(base, { ...base, a: 2, b: 9 }, { ...base, a: 3, b: 8 })).toEqual({ conflicts: ['a', 'b'] });
    expect(mergeContext(base, { ...base, c: { d: 2 } }, { ...base, c: { d: 2 } })).toEqual({
      merged: { ...base, c: { d: 2 } },
    });
  });

  it('treat a removed key as changed, and names every object has as any other', () => {
    expect(mergeContext({ a: 1 }, {}, { a: 2 })).toEqual({ conflicts: ['a'] });
    const odd = JSON.parse('{"a":1,"__proto__":{"polluted":1}}') as { a: 1 };
    expect(JSON.stringify(mergeContext({ a: 1 }, { a: 1 }, odd))).toBe(`{"merged":${JSON.stringify(odd)}}`);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  it('lose nothing in silence: each key is one writer’s, or a conflict', () => {
    const side = fc.dictionary(fc.constantFrom('a', 'b', 'c', '__proto__'), fc.constantFrom(1, 2, null), {
      noNullPrototype: true,
    });
    fc.assert(
      fc.property(side, side, side, (was, theirs, ours) => {
        const result = mergeContext(was, theirs, ours);
        if ('conflicts' in result) return void expect(result.conflicts.length).toBeGreaterThan(0);
        for (const key of new Set([...Object.keys(was), ...Object.keys(theirs), ...Object.keys(ours)])) {
          const of = (value: object) =>
            Object.hasOwn(value, key) ? JSON.stringify((value as Record<string, unknown>)[key]) : undefined;
          const changed = [theirs, ours].filter((one) => of(one) !== of(was));
          expect(of(result.merged)).toBe(changed.length > 0 ? of(changed[0]!) : of(was));
        }
      }),
    );
  });
});
