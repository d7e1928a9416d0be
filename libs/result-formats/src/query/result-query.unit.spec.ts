import { MultitaskError } from '@multitask/contracts';
import fc from 'fast-check';
import { parseResultQuery, wholeResult } from './result-query';

const faultOf = (parameters: Record<string, string | string[]>): MultitaskError => {
  try {
    parseResultQuery(parameters);
  } catch (error) {
    return error as MultitaskError;
  }
  throw new Error('nothing was refused');
};

describe('the query of a result', () => {
  it('without parameters is the whole result; strangers are left alone', () => {
    expect(parseResultQuery({ utm_source: 'x' })).toEqual(wholeResult);
  });

  it('takes lists repeated and comma-separated', () => {
    expect(parseResultQuery({ status: ['queued', 'failed,running'], fields: 'a,,b' })).toMatchObject({
      statuses: new Set(['queued', 'failed', 'running']),
      fields: ['a', 'b'],
    });
  });

  it.each<[string, string | string[]]>([
    ['status', 'done'],
    ['status', ''],
    ['limit', '0'],
    ['limit', '10001'],
    ['limit', '1.5'],
    ['limit', '-1'],
    ['limit', ['1', '2']],
    ['cursor', '7'],
    ['cursor', 'r-1'],
    ['basis', 'some'],
    ['basis', 'field:'],
    ['basis', 'row:x'],
  ])('refuses %s=%j and names it', (name, value) => {
    expect(faultOf({ [name]: value })).toMatchObject({ code: 'invalid_field', details: { field: name } });
  });

  it('of any text is parsed or refused by name, never anything else', () => {
    const name = fc.constantFrom('status', 'limit', 'cursor', 'fields', 'basis');
    fc.assert(
      fc.property(name, fc.oneof(fc.string(), fc.array(fc.string())), (key, value) => {
        try {
          parseResultQuery({ [key]: value });
        } catch (error) {
          expect(MultitaskError.is(error) && error.details.field).toBe(key);
        }
      }),
    );
  });
});
