import type { JsonObject, JsonValue, RowInput } from '@multitask/contracts';
import fc from 'fast-check';

/** Texts that break formats: markup, table and frame syntax, formulas, line ends of every kind, names that mean something. */
export const hostileTexts: readonly string[] = [
  '<script>alert(1)</script>',
  '</script><script>alert(1)</script>',
  '<!--<script>',
  '"><img src=x onerror=alert(1)>',
  "'><svg/onload=alert(1)>",
  '<a href="javascript:alert(1)">x</a>',
  'javascript:alert(1)',
  'JaVaScRiPt:alert(1)',
  'data:text/html,<script>alert(1)</script>',
  'https://example.com/?a=1&b=<2>"',
  'http://example.com/a|b',
  '&lt;script&gt;',
  '&#x3c;b&#x3e;',
  '{{constructor.constructor("alert(1)")()}}',
  '${alert(1)}',
  'a | b || c \\| d \\',
  '`code` **bold** _it_ ~~x~~ [l](http://x) ![i](x)',
  '| --- | --- |',
  '\n# heading\n\n- item',
  'line\r\nline\rline\nline',
  'id: 99\nevent: closed\ndata: {}\n\n',
  '\r\n\r\ndata: x',
  '\u2028\u2029\u0085\v\f',
  'nul\0nul',
  '=HYPERLINK("http://x")',
  '+1',
  '-1',
  '@SUM(A1)',
  '\t=1',
  '"quoted", comma',
  '\uD800 lone',
  '\u202Eright to left',
  '👩‍👩‍👧 e\u0301',
  '',
  ' ',
];

const hostileNames = [
  '$id',
  '$status',
  '$input',
  '__proto__',
  'constructor',
  'toString',
  'input',
  'output',
  '0',
  ...hostileTexts,
];

const codePoint = fc.oneof(
  fc.integer({ min: 0, max: 0xff }),
  fc.integer({ min: 0, max: 0xd7ff }),
  fc.integer({ min: 0xe000, max: 0x10ffff }),
);

/**
 * Any text of whole characters. `fc.string({ unit: 'binary' })` gives the same and first fills a map with all 1.1 million of
 * them: 0.7 s and 100 MB for every spec file that loads it.
 */
export const anyText = (constraints: { maxLength?: number } = {}): fc.Arbitrary<string> =>
  fc.array(codePoint, constraints).map((points) => String.fromCodePoint(...points));

const text = fc.oneof(fc.constantFrom(...hostileTexts), anyText(), fc.string());
const name = fc.oneof(fc.constantFrom(...hostileNames), anyText({ maxLength: 12 }), fc.string({ maxLength: 12 }));

export const hostileText: fc.Arbitrary<string> = text;

export const hostileValue: fc.Arbitrary<JsonValue> = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    text,
    fc.constantFrom(null, true, false, 0, -1, 1.5, 1e21),
    fc.array(tie('value'), { maxLength: 3 }),
    objectOf(tie('value')),
  ),
})).value;

/** A property named `__proto__` is an own one here, as JSON.parse makes it. */
function objectOf(value: fc.Arbitrary<JsonValue>): fc.Arbitrary<JsonObject> {
  return fc.array(fc.tuple(name, value), { maxLength: 5 }).map((entries) => Object.fromEntries(entries) as JsonObject);
}

export const hostileObject: fc.Arbitrary<JsonObject> = objectOf(hostileValue);
export const hostileInput: fc.Arbitrary<RowInput> = fc.oneof(text, hostileObject);
