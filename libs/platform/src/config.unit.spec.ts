import { z } from 'zod';
import { commonSettings, ConfigurationError, flag, integer, parseSettings } from './config';

const parse = <T>(schema: z.ZodType<T>, value: string | undefined) =>
  parseSettings(z.object({ X: schema }), { X: value }).X;

describe('settings', () => {
  it.each(['1', 'true', 'TRUE', 'yes', 'on'])('takes %s for yes', (text) => expect(parse(flag, text)).toBe(true));
  it.each(['0', 'false', 'no', 'off', '', undefined])('takes %s for no', (text) =>
    expect(parse(flag, text)).toBe(false),
  );

  it('takes an empty variable for an unset one', () => {
    expect(parse(integer(7), '')).toBe(7);
    expect(parse(integer(7), undefined)).toBe(7);
    expect(parse(integer(7), '0')).toBe(0);
  });

  it.each(['-1', '1.5', 'many', '1e999'])('refuses %s as a whole number from 0', (text) =>
    expect(() => parse(integer(7), text)).toThrow(ConfigurationError),
  );

  it('names every setting that is wrong', () => {
    const wrong = () => parseSettings(commonSettings, { PORT: '70000', LOG_FORMAT: 'xml', HOST: 'ok' });
    expect(wrong).toThrow(/PORT: .*LOG_FORMAT: /);
  });

  it('works with nothing set at all', () => {
    expect(parseSettings(commonSettings, {})).toMatchObject({
      HOST: '127.0.0.1',
      PORT: 0,
      DRAIN_MS: 0,
      LOG_LEVEL: 'info',
    });
  });
});
