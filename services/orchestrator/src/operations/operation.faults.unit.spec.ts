import { errorKinds, MultitaskError } from '@multitask/contracts';
import { OrchestrationError, orchestrationErrorNames } from '@multitask/orchestration';
import { codeOf, inOurWords } from './operation.faults';

describe('a failure in the registry’s words', () => {
  it.each(orchestrationErrorNames)('has a code for %s, and keeps what it says', (name) => {
    const told = inOurWords(new OrchestrationError(name, 'What is wrong.', 'taskId')) as MultitaskError;
    expect(told).toMatchObject({ code: codeOf[name], details: { field: 'taskId' } });
    expect(told.message).toBe(name === 'ValidationError' ? 'What is wrong.' : `${name}: What is wrong.`);
    expect(errorKinds[told.code].status).toBeLessThan(500);
  });

  it.each(['55P03', '57014', '40001', '42P01', '57P01', 'ECONNREFUSED'])('says when the store is away (%s)', (code) => {
    const told = inOurWords(Object.assign(new Error('select secret from t'), { code })) as MultitaskError;
    expect(told).toMatchObject({ code: 'not_ready', details: { retryAfter: 2 } });
    expect(told.message).not.toContain('secret');
  });

  it('leaves alone what nobody foresaw, and what is in those words already', () => {
    for (const error of [new Error('boom'), new TypeError('x'), null, 'text', new MultitaskError('too_large', 'x')])
      expect(inOurWords(error)).toBe(error);
  });
});
