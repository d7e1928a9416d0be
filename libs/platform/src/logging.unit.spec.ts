import { anyText } from '@multitask/testing';
import fc from 'fast-check';
import { createLogger, NestLogger } from './logging';
import { redacted } from './redaction';
import { withTrace } from './trace/trace-context';

function capture(level = 'trace') {
  const lines: string[] = [];
  const logger = createLogger('sample', {
    level,
    format: 'json',
    destination: { write: (line) => void lines.push(line) },
  });
  return { logger, lines, last: () => JSON.parse(lines.at(-1)!) as Record<string, any> };
}

describe('createLogger', () => {
  it('names the service and, within a request, its id and trace', () => {
    const { logger, last } = capture();
    withTrace('00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01', () => logger.info('hello'), 'req-1');
    expect(last()).toMatchObject({
      service: 'sample',
      msg: 'hello',
      requestId: 'req-1',
      traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
    });
  });

  it.each([
    ['fields', { apiKey: 'canary', webhook_url: 'canary', deep: { list: [{ headers: { 'X-API-Key': 'canary' } }] } }],
    ['escaped values', { authorization: 'Bearer can"ary\\canary' }],
    ['URLs', { url: 'https://me:canary@example.com/path?key=canary#canary' }],
    ['text', { note: 'sent Bearer canary.canary and whsec_canary+/= to postgres://me:canary@db/x' }],
  ])('shows no secret in %s', (_, fields) => {
    const { logger, lines, last } = capture();
    logger.info(fields, 'said https://example.com/?canary');
    expect(lines.join()).not.toContain('canary');
    expect(last().msg).toBe('said https://example.com/?…');
  });

  it('shows of an error its type, message, code, stack and causes, and no other property', () => {
    const { logger, lines, last } = capture();
    const cause = Object.assign(new TypeError('inner'), { request: { key: 'canary' }, code: 'EINNER' });
    logger.error({ err: Object.assign(new Error('outer', { cause }), { response: 'canary', code: 7 }) }, 'failed');
    expect(lines.join()).not.toContain('canary');
    expect(last().err).toMatchObject({
      type: 'Error',
      message: 'outer',
      code: 7,
      cause: { type: 'TypeError', code: 'EINNER' },
    });
    expect(last().err.stack).toContain('logging.unit.spec');
  });

  it('survives errors that are their own cause, and things thrown that are no errors', () => {
    const { logger, last } = capture();
    const circular = new Error('circle');
    circular.cause = circular;
    logger.error({ err: circular }, 'failed');
    logger.error({ err: 'just text' }, 'failed');
    expect(last().err).toEqual({ type: 'string', message: 'just text' });
  });

  it('keeps Nest’s chatter at debug and its faults at their level', () => {
    const { logger, lines } = capture('info');
    const nest = new NestLogger(logger);
    nest.log('chatter', 'Router');
    nest.debug('chatter');
    nest.verbose('chatter');
    nest.warn('look', 'Router');
    nest.error('broken', 'stack', 'Router');
    expect(lines.map((line) => (JSON.parse(line) as { msg: string }).msg)).toEqual(['look', 'broken']);
  });
});

describe('redacted', () => {
  it('leaves every line valid JSON', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom('apiKey', 'token', 'msg', 'url'), anyText()), (fields) => {
        const line = JSON.stringify({ ...fields, again: `https://a/?${fields.url ?? ''}` });
        expect(() => JSON.parse(redacted(line)) as unknown).not.toThrow();
      }),
    );
  });

  it.each(['a', '://', 'http://', '"secret":"', 'Bearer ', 'whsec_', '\\"'])(
    'takes long lines of %j in no time',
    (piece) => {
      const line = piece.repeat(100_000 / piece.length);
      // The process's own time: a busy machine makes nothing quadratic.
      const before = process.cpuUsage();
      redacted(line);
      expect(process.cpuUsage(before).user / 1_000).toBeLessThan(500);
    },
  );
});
