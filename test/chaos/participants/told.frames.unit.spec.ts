import { ToldFrames } from './told.frames';

it('what many readers were told alike is kept once, without what a frame says twice', () => {
  const told = new ToldFrames();
  const text = JSON.stringify({ row: 1, result: { a: 1 }, input: { b: 2 }, output: { a: 1 }, group: 'g' });
  const first = told.take(text);
  expect(first).toEqual({ row: 1, result: { a: 1 } });
  expect(told.take(`${text}`)).toBe(first);
  expect(told.take(text.replace('"a":1', '"a":2'))).not.toBe(first);
});
