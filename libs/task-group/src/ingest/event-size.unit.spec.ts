import { anyText, hostileValue } from '@multitask/testing';
import fc from 'fast-check';
import { jsonExceeds, utf8Bytes } from './event-size';

test('bytes are counted as an encoder of UTF-8 counts them', () => {
  fc.assert(fc.property(anyText(), (text) => expect(utf8Bytes(text)).toBe(Buffer.byteLength(text))));
});

test('a value exceeds a limit exactly when its JSON has more bytes', () => {
  fc.assert(
    fc.property(hostileValue, fc.nat({ max: 200 }), (value, limit) =>
      expect(jsonExceeds(value, limit)).toBe(Buffer.byteLength(JSON.stringify(value)) > limit),
    ),
  );
});
