import fc from 'fast-check';
import { parseJson } from './json-document';

const faultOf = (text: string) => {
  try {
    parseJson(text, 'The body');
  } catch (error) {
    return error as { code: string; message: string };
  }
  throw new Error('it was accepted');
};

describe('JSON from outside', () => {
  it('is read as JSON.parse reads it', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 8, noUnicodeString: false }), (text) => {
        fc.pre(!/__proto__|\\u0000|\\ud[89a-f]/i.test(text));
        expect(parseJson(text, 'The body')).toEqual(JSON.parse(text));
      }),
    );
  });

  it('says where it is broken, and quotes nothing', () => {
    expect(faultOf('{"a": 1,\n "hunter2" 2}')).toMatchObject({
      code: 'malformed_body',
      message: 'The body is not valid JSON (line 2, character 12).',
    });
    expect(faultOf('{"secret": hunter2}').message).toBe('The body is not valid JSON.');
    expect(faultOf('  ').message).toBe('The body is not valid JSON (it is empty).');
  });

  it('is refused when it nests 10,000 levels deep, without a stack overflow', () => {
    expect(faultOf('['.repeat(10_000) + ']'.repeat(10_000)).message).toMatch(/nests deeper than 64 levels/);
    expect(faultOf('{"a":'.repeat(10_000) + '1' + '}'.repeat(10_000)).message).toMatch(/nests deeper/);
  });

  it('may nest 64 levels', () => {
    expect(() => parseJson('['.repeat(64) + ']'.repeat(64), 'The body')).not.toThrow();
  });

  it.each(['{"__proto__": {"admin": true}}', '{"a": [{"__proto__": 1}]}'])('cannot name a prototype: %s', (text) => {
    expect(faultOf(text).message).toMatch(/"__proto__"/);
    expect(({} as Record<string, unknown>).admin).toBeUndefined();
  });

  it('may have a column called constructor', () => {
    expect(parseJson('{"constructor": "Ferrari"}', 'The body')).toEqual({ constructor: 'Ferrari' });
  });

  it.each(['{"a": "\\u0000"}', '{"\\u0000": 1}', '["\\ud800"]'])('cannot hold what no text stores: %s', (text) => {
    expect(faultOf(text).message).toMatch(/no text can store/);
  });
});
