import type { JsonValue } from '@multitask/contracts';
import { faultOfRow } from './input-row';

const deep = JSON.parse(`${'{"a":'.repeat(70)}1${'}'.repeat(70)}`) as JsonValue;

describe('an input row', () => {
  it.each<[JsonValue]>([['a text'], [{ a: 1 }], [{ a: { b: [null] } }]])('may be %j', (row) => {
    expect(faultOfRow(row, 3)).toBeUndefined();
  });

  it.each<[JsonValue | undefined, string]>([
    ['  ', 'is empty'],
    ['a\0b', 'holds a NUL character or half of a surrogate pair'],
    [{}, 'is an empty object'],
    [null, 'must be an object or a string, not null'],
    [7, 'must be an object or a string, not a number'],
    [true, 'must be an object or a string, not a boolean'],
    [[1], 'must be an object or a string, not an array'],
    [undefined, 'must be an object or a string, not nothing'],
    [deep, 'nests deeper than 64 levels'],
    [
      Object.fromEntries(Array.from({ length: 1_001 }, (_, i) => [`c${i}`, i])),
      'has 1001 fields; at most 1000 are taken',
    ],
  ])('may not be %j', (row, message) => {
    expect(faultOfRow(row, 3)).toEqual({ field: 'inputs[3]', message });
  });
});
