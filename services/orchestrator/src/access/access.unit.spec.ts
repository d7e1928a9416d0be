import { parseSettings } from '@multitask/platform';
import { orchestratorSettings } from '../orchestrator.settings';
import { TokenBook } from './token.book';

const settings = (ORCHESTRATION_TOKENS: string) => parseSettings(orchestratorSettings, { ORCHESTRATION_TOKENS });
const [a, b] = ['a'.repeat(16), 'b=b'.repeat(8)];

describe('the tokens of namespaces', () => {
  it('are read, whatever is in them', () => {
    expect(settings(` red=${a} , blue=${b},`).ORCHESTRATION_TOKENS).toEqual([
      { namespace: 'red', token: a },
      { namespace: 'blue', token: b },
    ]);
    expect(settings('').ORCHESTRATION_TOKENS).toEqual([]);
  });

  it.each([
    ['no namespace', a, 'each part must be namespace=token'],
    ['an empty namespace', `=${a}`, 'each part must be namespace=token'],
    ['a short token', 'red=short', 'the token of red must have at least 16 characters'],
    ['one token twice', `red=${a},blue=${a}`, 'the token of blue is another namespace’s as well'],
  ])('with %s end the start in a sentence that keeps the token', (_, text, sentence) => {
    expect(() => settings(text)).toThrow(sentence);
    expect(() => settings(text)).not.toThrow(a);
  });
});

describe('a bearer token', () => {
  const book = new TokenBook('operator-operator', [
    { namespace: 'red', token: a },
    { namespace: 'red', token: b },
  ]);

  it.each([
    ['Bearer operator-operator', undefined],
    [`Bearer ${a}`, 'red'],
    [`bearer   ${b} `, 'red'],
  ])('of %s is known', (header, namespace) => {
    expect(book.require(header)).toEqual({ namespace });
  });

  it.each([
    [undefined, 'token_missing'],
    ['Basic abc', 'token_missing'],
    ['Bearer', 'token_missing'],
    ['Bearer  ', 'token_missing'],
    [`Bearer ${a.slice(1)}`, 'token_refused'],
    [`Bearer ${a}a`, 'token_refused'],
    [`Bearer ${'x'.repeat(100_000)}`, 'token_refused'],
  ])('that is %.30j is refused', (header, code) => {
    expect(() => book.require(header)).toThrow(expect.objectContaining({ code }));
  });

  it('is nobody’s where none was given out', () => {
    expect(() => new TokenBook(undefined, []).require('Bearer undefined')).toThrow(
      expect.objectContaining({ code: 'token_refused' }),
    );
  });
});
