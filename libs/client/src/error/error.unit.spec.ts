import { errorKinds, problemOf, MultitaskError as Registered } from '@multitask/contracts';
import { answeredCodes } from './error.codes';
import { MultitaskError } from './multitask.error';
import { errorOf, retryAfterOf } from './problem';

const answer = (body: unknown, status: number, headers: Record<string, string> = {}) =>
  new Response(typeof body === 'string' ? body : JSON.stringify(body), { status, headers });

describe('an error of the client', () => {
  it('knows exactly the codes of the registry', () => {
    expect([...answeredCodes]).toEqual(Object.keys(errorKinds));
  });

  it('says what the registry said: code, field, every fault, when to repeat, and what to do', async () => {
    const errors = [{ field: 'inputs[3]', message: 'must be an object or a text' }];
    const problem = problemOf(
      new Registered('invalid_inputs', 'inputs[3] is a number.', { field: 'inputs[3]', errors }),
    );
    const error = await errorOf(answer(problem, 400, { 'retry-after': '7', 'x-request-id': 'r1' }));
    expect(error).toMatchObject({
      code: 'invalid_inputs',
      message: 'inputs[3] is a number.',
      status: 400,
      field: 'inputs[3]',
      errors,
      retryable: false,
      retryAfter: 7,
      requestId: 'r1',
    });
    expect(error.advice).toContain('Correct the rows');
    expect(MultitaskError.is(error)).toBe(true);
  });

  it.each([
    ['<html>bad gateway</html>', 502, 'service_unreachable', true],
    ['', 503, 'service_unreachable', true],
    ['slow down', 429, 'rate_limited', true],
    ['<html>not here</html>', 404, 'unexpected_answer', false],
    ['[1', 500, 'unexpected_answer', false],
    ['null', 500, 'unexpected_answer', false],
    [{ code: 7 }, 400, 'unexpected_answer', false],
  ])('%j with %i, which is none of ours, is %s', async (body, status, code, retryable) => {
    expect(await errorOf(answer(body, status))).toMatchObject({ code, status, retryable });
  });

  it('keeps the sentence of a code that it does not know yet', async () => {
    const error = await errorOf(answer({ code: 'moon_phase', detail: 'Wait for the new moon.', retryable: true }, 400));
    expect(error).toMatchObject({ code: 'unexpected_answer', message: 'Wait for the new moon.', retryable: true });
  });

  it.each([
    ['12', 12],
    [' 0 ', 0],
    ['-1', undefined],
    ['1e9', undefined],
    ['soon', undefined],
    [new Date(0).toUTCString(), 0],
  ])('Retry-After %j is %j seconds', (text, seconds) => {
    expect(retryAfterOf(new Headers({ 'retry-after': text }))).toBe(seconds);
  });
});
