import { errorKinds, MultitaskError, problemOf, type ErrorCode } from './errors';

describe('a failure a user may see', () => {
  it('is problem details with its code, field and every fault', () => {
    const error = new MultitaskError('invalid_field', 'ttl_days must be at least 1.', {
      field: 'ttl_days',
      errors: [{ field: 'ttl_days', message: 'must be at least 1' }],
      cause: new Error('a driver said something'),
    });
    expect(problemOf(error)).toEqual({
      type: 'urn:multitask:error:invalid_field',
      title: 'A field is missing or wrong',
      status: 400,
      detail: 'ttl_days must be at least 1.',
      code: 'invalid_field',
      retryable: false,
      field: 'ttl_days',
      errors: [{ field: 'ttl_days', message: 'must be at least 1' }],
    });
  });

  it.each([new Error('password=hunter2'), 'hunter2', null, { code: 'invalid_field', message: 'hunter2' }])(
    'that nobody foresaw says nothing of itself: %p',
    (thrown) => {
      const problem = problemOf(thrown);
      expect(problem.code).toBe('internal');
      expect(JSON.stringify(problem)).not.toContain('hunter2');
    },
  );

  it('is known across copies of this module by its name', () => {
    const foreign = Object.assign(new Error('x'), { name: 'MultitaskError', code: 'internal' });
    expect(MultitaskError.is(foreign)).toBe(true);
    expect(MultitaskError.is(new Error('x'))).toBe(false);
  });
});

describe('the registry', () => {
  it.each(Object.keys(errorKinds) as ErrorCode[])('%s has a status of failure and a title of its own', (code) => {
    const { status, title } = errorKinds[code];
    expect(status).toBeGreaterThanOrEqual(400);
    expect(Object.values(errorKinds).filter((kind) => kind.title === title)).toHaveLength(1);
  });
});
