import { shownName } from './shown-name';

describe('a name in a message', () => {
  it.each(['output_shema', 'inputs', 'Company name', 'data.rows[0]', 'x-api-key', 'a2', ''])('%j stays', (name) => {
    expect(shownName(name)).toBe(name);
  });

  it.each([
    ['sk-live-4f3a9b2c1d5e6f7089', 'sk-live-…'],
    ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'whsec_Mf…'],
    ['https://me:password@example.com/hook', 'https://…'],
    ['a'.repeat(33), 'aaaaaaaa…'],
    ['pa"ss', 'pa"ss…'],
  ])('%j may be a secret: %j', (name, shown) => {
    expect(shownName(name)).toBe(shown);
  });
});
